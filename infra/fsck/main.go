// Command fsck checks that a data file or a DynamoDB table agrees with itself:
// `make fsck DATA=data` or `make fsck TABLE=…`. It changes nothing, unless it is
// told to upgrade a table. docs/audit.md says what it can tell.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/private-integrations/private-integrations/pkg/bolt"
	"github.com/private-integrations/private-integrations/pkg/dynamo"
	"github.com/private-integrations/private-integrations/pkg/table"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "fsck:", err)
		os.Exit(1)
	}
}

// task is what is asked for.
type task struct {
	data, table string // one of them
	upgrade     bool
	heads, keep string // files of heads; empty: none
}

func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	var t task
	flags := flag.NewFlagSet("fsck", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&t.data, "data", "", "data `file`, or the folder that holds it; the runner must not be running")
	flags.StringVar(&t.table, "table", "", "`name` of a DynamoDB table; the AWS_… variables say where and as whom")
	flags.BoolVar(&t.upgrade, "upgrade", false, "write first what items of the table lack that an older version wrote")
	flags.StringVar(&t.heads, "heads", "", "`file` of heads that an earlier check has kept, to be compared")
	flags.StringVar(&t.keep, "keep", "", "`file` to write the heads of all chains to")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case (t.data == "") == (t.table == ""):
		return errors.New("name a data file with DATA=… or a DynamoDB table with TABLE=…")
	case t.data != "" && t.upgrade:
		return errors.New("a data file is upgraded when the runner opens it, not by UPGRADE=1")
	case t.data != "":
		return t.checkFile(ctx, out)
	}
	return t.checkTable(ctx, getenv, out)
}

// dataFile is the data file's name within a data folder.
const dataFile = "data.db"

func (t task) checkFile(ctx context.Context, out io.Writer) (err error) {
	path := t.data
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, dataFile)
	}
	db, err := bolt.OpenReadOnly(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return t.check(ctx, table.New(db), path, 1, out)
}

// looks is how often a table is looked at before a fault of it is believed:
// others write to it all the while, and its indexes lag behind.
const looks = 3

func (t task) checkTable(ctx context.Context, getenv func(string) string, out io.Writer) error {
	config, err := dynamo.Environment(getenv)
	if err != nil {
		return err
	}
	store := table.New(dynamo.New(config, t.table))
	if t.upgrade {
		n, err := store.Upgrade(ctx)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "%d items of an older version were upgraded.\n", n); err != nil {
			return err
		}
	}
	return t.check(ctx, store, "table "+t.table, looks, out)
}
