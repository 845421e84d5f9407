// Command build compiles the Lambda functions and packs each into a zip in
// dist/. The same source gives the same bytes, on any machine with the same
// release of Go.
//
// A function whose handler asks for the catalogue finds it beside its program:
// dist/catalog.json has to be there first.
package main

import (
	"archive/zip"
	"compress/flate"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	dist     = "dist"
	programs = dist + "/bin"
	compiled = dist + "/catalog.json"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	if err := compile(ctx); err != nil {
		return err
	}
	for _, pattern := range []string{"functions/*/main.go", "functions/manage/*/main.go"} {
		sources, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, source := range sources {
			if err := pack(source, out); err != nil {
				return err
			}
		}
	}
	return os.RemoveAll(programs)
}

// compile makes all programs at once. The version control's stamp is left out:
// with it, every commit would give every function new code.
func compile(ctx context.Context) error {
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc",
		"-ldflags", "-s -w", "-o", programs+"/", "./functions/...")
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64", "GOARM64=v8.0")
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("compile the functions: %w", err)
	}
	return nil
}

// pack makes the zip of the function with this source.
func pack(source string, out io.Writer) error {
	name := filepath.Base(filepath.Dir(source))
	text, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	target := filepath.Join(dist, name+".zip")
	file, err := os.Create(target)
	if err != nil {
		return err
	}
	sum := sha256.New()
	z := zip.NewWriter(io.MultiWriter(file, sum))
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	err = add(z, "bootstrap", filepath.Join(programs, name), 0o755)
	if strings.Contains(string(text), "env.Catalog()") {
		err = errors.Join(err, add(z, "catalog.json", compiled, 0o644))
	}
	if err := errors.Join(err, z.Close()); err != nil {
		return fmt.Errorf("pack %s: %w", name, errors.Join(err, file.Close()))
	}
	info, err := file.Stat()
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	_, err = fmt.Fprintf(out, "%x  %7d  %s\n", sum.Sum(nil), info.Size(), target)
	return err
}

// add writes a file of mode, without its time.
func add(z *zip.Writer, name, path string, mode fs.FileMode) error {
	header := &zip.FileHeader{Name: name, Method: zip.Deflate}
	header.SetMode(mode)
	w, err := z.CreateHeader(header)
	if err != nil {
		return err
	}
	content, err := os.Open(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, content)
	return errors.Join(err, content.Close())
}
