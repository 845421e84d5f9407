package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/private-integrations/private-integrations/pkg/fsck"
)

// check checks a store up to looks times and believes the faults that it finds
// each time.
func (t task) check(ctx context.Context, store fsck.Store, name string, looks int, out io.Writer) error {
	heads := &headFile{}
	var report fsck.Report
	for look := range looks {
		known, err := readHeads(t.heads)
		if err != nil {
			return err
		}
		heads.lines = heads.lines[:0]
		found, err := fsck.Check(ctx, store, known, heads.add)
		if err != nil {
			return fmt.Errorf("check %s: %w", name, err)
		}
		if look > 0 {
			found.Faults = slices.DeleteFunc(found.Faults, func(f fsck.Fault) bool { return !slices.Contains(report.Faults, f) })
		}
		if report = found; len(report.Faults) == 0 {
			break
		}
	}
	if err := tell(out, name, report); err != nil {
		return err
	}
	if len(report.Faults) > 0 {
		return fmt.Errorf("%s does not agree with itself: %d faults", name, len(report.Faults))
	}
	return heads.write(t.keep)
}

// shown is how many faults of one kind are told of one by one.
const shown = 50

// tell writes what was found, the worst first.
func tell(out io.Writer, name string, report fsck.Report) error {
	w := bufio.NewWriter(out)
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }
	line("%s: %d accounts, %d integrations, %d tokens, %d facts", name, report.Accounts, report.Integrations, report.Tokens, report.Facts)
	if report.Unchained > 0 {
		line("%d of the facts are from before there were hashes: nothing vouches for them.", report.Unchained)
	}
	if report.Old {
		line("It is of an older format, without a timeline: the runner upgrades it when it opens it.")
	}
	if len(report.Faults) == 0 {
		line("No faults.")
	}
	for _, kind := range fsck.Kinds {
		faults := slices.DeleteFunc(slices.Clone(report.Faults), func(f fsck.Fault) bool { return f.Kind != kind.Kind })
		if len(faults) == 0 {
			continue
		}
		line("\n%s (%d)", kind.Kind, len(faults))
		for _, f := range faults[:min(shown, len(faults))] {
			line("  %s", f)
		}
		if more := len(faults) - shown; more > 0 {
			line("  … and %d more", more)
		}
		line("  What to do: %s", kind.Do)
	}
	return w.Flush()
}

// headFile is a file of heads as JSON lines.
type headFile struct {
	lines []fsck.Head
}

func (h *headFile) add(head fsck.Head) { h.lines = append(h.lines, head) }

// write writes the file, if it has a name, where there is none yet: what an
// earlier check has kept is not to be lost by mistake.
func (h *headFile) write(path string) (err error) {
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("keep the heads: %w", err)
	}
	w := bufio.NewWriter(file)
	encoder := json.NewEncoder(w)
	for _, head := range h.lines {
		if err = encoder.Encode(head); err != nil {
			break
		}
	}
	if err = errors.Join(err, w.Flush(), file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("keep the heads: %w", err)
	}
	return nil
}

// readHeads reads what write has written; nil without a name.
func readHeads(path string) (fsck.Heads, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the heads: %w", err)
	}
	defer func() { _ = file.Close() }() // what was only read loses nothing
	heads := fsck.Heads{}
	decoder := json.NewDecoder(file)
	decoder.DisallowUnknownFields()
	for {
		var head fsck.Head
		switch err := decoder.Decode(&head); {
		case errors.Is(err, io.EOF):
			return heads, nil
		case err != nil:
			return nil, fmt.Errorf("read the heads in %s: %w", path, err)
		}
		heads.Add(head)
	}
}
