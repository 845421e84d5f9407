package outbox

import (
	"cmp"
	"errors"
	"io/fs"
	"mime"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Listed is an e-mail of a folder.
type Listed struct {
	File    string    `json:"file"`
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	At      time.Time `json:"at"`
}

// List lists the e-mails of a folder, the newest first.
func List(folder string) ([]Listed, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.eml"))
	if err != nil {
		return nil, err
	}
	all := []Listed{}
	for _, path := range files {
		l, err := list(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b Listed) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.File, b.File)) })
	return all, nil
}

func list(path string) (Listed, error) {
	file, err := os.Open(path)
	if err != nil {
		return Listed{}, err
	}
	defer func() { _ = file.Close() }() // it was only read
	m, err := mail.ReadMessage(file)
	if err != nil {
		return Listed{}, err
	}
	at, err := m.Header.Date()
	if err != nil {
		return Listed{}, err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	return Listed{filepath.Base(path), m.Header.Get("To"), subject, at.UTC()}, err
}
