// Command catalog compiles OpenAPI documents into the scope catalogue, and
// says what compiled, what is refused and why.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/private-integrations/private-integrations/pkg/openapi"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "catalog:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("catalog", flag.ContinueOnError)
	unscoped := flags.String("unscoped", cmp.Or(os.Getenv("CATALOG_UNSCOPED"), "refuse"), "`allow|refuse` operations that ask for a token but for no scope")
	target := flags.String("o", "", "`file` to write the compiled catalogue to")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("name the OpenAPI documents, or folders that hold them")
	}
	if *unscoped != "allow" && *unscoped != "refuse" {
		return fmt.Errorf("-unscoped (CATALOG_UNSCOPED) is allow or refuse, not %q", *unscoped)
	}
	files, err := openapi.Read(flags.Args()...)
	if err != nil {
		return err
	}
	report, err := openapi.Compile(files, openapi.Options{AllowUnscoped: *unscoped == "allow"})
	if err != nil {
		return err
	}
	if err := report.Print(out); err != nil || *target == "" {
		return err
	}
	data, err := report.Catalog.Encode()
	if err != nil {
		return err
	}
	return replace(*target, data)
}

// replace writes a file so that a reader sees the old content or the new, never
// a part.
func replace(name string, data []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = temp.Write(data)
	err = errors.Join(err, temp.Chmod(0o644), temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, errors.Join(err, os.Remove(temp.Name())))
	}
	return nil
}
