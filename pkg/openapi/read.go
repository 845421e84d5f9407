package openapi

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// File is a document as it was read.
type File struct {
	Name string // for messages; .yaml and .yml are read as YAML, all others as JSON
	Data []byte
}

// Read reads the documents at paths: files, and of folders their *.json, *.yaml
// and *.yml in the order of their names, without going deeper.
func Read(paths ...string) ([]File, error) {
	var files []File
	for _, path := range paths {
		names, err := documentsAt(path)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				return nil, fmt.Errorf("read OpenAPI document: %w", err)
			}
			files = append(files, File{Name: name, Data: data})
		}
	}
	return files, nil
}

func documentsAt(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read OpenAPI documents: %w", err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("read OpenAPI documents: %w", err)
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && slices.Contains([]string{".json", ".yaml", ".yml"}, filepath.Ext(e.Name())) {
			names = append(names, filepath.Join(path, e.Name()))
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("the folder %s holds no *.json, *.yaml or *.yml; name a folder of OpenAPI 3 documents, or the documents themselves", path)
	}
	return names, nil
}
