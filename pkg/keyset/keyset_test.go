package keyset

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
)

const initial = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ" // 43

func parsed(t *testing.T, text string) Set {
	t.Helper()
	s, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSetIsReadAsItWasWritten(t *testing.T) {
	s := First([]byte("one"))
	for n, key := range []string{"two", "three", "\x00\xff"} {
		if s = s.Rotated([]byte(key)); s.Current() != n+2 || string(s.Key(s.Current())) != key {
			t.Errorf("version %d is current, not %d", s.Current(), n+2)
		}
	}
	s, err := s.Retired(2)
	if err != nil {
		t.Fatal(err)
	}
	got := parsed(t, string(s.Encode()))
	if !got.Equal(s) || !slices.Equal(got.Versions(), []int{1, 3, 4}) || string(got.Key(1)) != "one" || got.Key(2) != nil {
		t.Errorf("%s was read as versions %v, %d current", s.Encode(), got.Versions(), got.Current())
	}
	if want := `{"current":2,"keys":{"1":"b25l","2":"dHdv"}}` + "\n"; string(First([]byte("one")).Rotated([]byte("two")).Encode()) != want {
		t.Errorf("the form has changed: data that was written has to stay readable")
	}
}

func TestFirstFormIsVersionOneAndStaysSo(t *testing.T) {
	s := parsed(t, `{"initial": "`+initial+`"}`)
	if s.Current() != 1 || string(s.Key(1)) != initial || len(s.Versions()) != 1 {
		t.Errorf("version %d of %v: %q", s.Current(), s.Versions(), s.Key(1))
	}
	s = parsed(t, string(s.Rotated([]byte("two")).Encode()))
	if s.Current() != 2 || string(s.Key(1)) != initial || string(s.Key(2)) != "two" {
		t.Errorf("rotated: version %d of %v: %q", s.Current(), s.Versions(), s.Key(1))
	}
}

func TestOtherFormsAreRefusedAndNotTold(t *testing.T) {
	const key = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
	for _, text := range []string{
		"", "null", "[]", "1", key, `"` + key + `"`, `{}`, `{"current": 1}`, `{"keys": {"1": "` + key + `"}}`,
		`{"initial": "` + initial[1:] + `"}`, `{"initial": ""}`, `{"initial": null}`, `{"initial": 1}`, `{"initial": ["` + initial + `"]}`,
		`{"initial": "` + initial + `", "current": 1}`, `{"initial": "` + initial + `", "keys": {}}`,
		`{"initial": "` + initial + `", "current": 1, "keys": {"1": "` + key + `"}}`, `{"initial": "` + initial + `", "other": 1}`,
		`{"current": 1, "keys": {"1": "` + key + `"}, "other": 1}`, `{"current": 1, "keys": {"1": "` + key + `"}} {}`,
		`{"current": 1, "keys": {"01": "` + key + `"}}`, `{"current": 1, "keys": {"1": "` + key + `", "+2": "` + key + `"}}`,
		`{"current": 0, "keys": {"0": "` + key + `"}}`, `{"current": -1, "keys": {"-1": "` + key + `"}}`,
		`{"current": 2, "keys": {"1": "` + key + `"}}`, `{"current": 1.5, "keys": {"1": "` + key + `"}}`,
		`{"current": 1, "keys": {"1": "*` + key + `"}}`, `{"current": 1, "keys": {"1": "` + key + `", "` + key + `": "` + key + `"}}`,
	} {
		s, err := Parse([]byte(text))
		if err == nil {
			t.Errorf("%s was read as versions %v", text, s.Versions())
			continue
		}
		for _, hidden := range []string{"c2Vjc", "secret-secret", initial[1:9]} {
			if strings.Contains(err.Error(), hidden) {
				t.Errorf("%s: %q is in %v", text, hidden, err)
			}
		}
	}
}

func TestOlderVersionsAloneAreRetired(t *testing.T) {
	s := First([]byte("one")).Rotated([]byte("two")).Rotated([]byte("three"))
	for version, want := range map[int]error{0: ErrUnknownVersion, 1: nil, 2: nil, 3: ErrInService, 4: ErrUnknownVersion, -1: ErrUnknownVersion} {
		after, err := s.Retired(version)
		if !errors.Is(err, want) {
			t.Errorf("version %d: %v, want %v", version, err, want)
		}
		if err == nil && (after.Key(version) != nil || len(after.Versions()) != 2 || after.Current() != 3) {
			t.Errorf("without version %d: %v", version, after.Versions())
		}
	}
	if len(s.Versions()) != 3 {
		t.Errorf("the set itself has %v left", s.Versions())
	}
	// An operator went back to version 1: the number 3 must not come again.
	back := parsed(t, strings.Replace(string(s.Encode()), `"current":3`, `"current":1`, 1))
	if _, err := back.Retired(3); !errors.Is(err, ErrInService) {
		t.Errorf("a newer version than the current one: %v", err)
	}
	if next := back.Rotated([]byte("four")); next.Current() != 4 {
		t.Errorf("the next version is %d", next.Current())
	}
}

func TestSetFollowsAnotherByOneRotation(t *testing.T) {
	one := First([]byte("one"))
	two := one.Rotated([]byte("two"))
	three := two.Rotated([]byte("three"))
	withoutOne, err := three.Retired(1)
	if err != nil {
		t.Fatal(err)
	}
	for n, test := range []struct {
		after, before Set
		want          bool
	}{
		{two, one, true}, {three, two, true}, {one, one, false}, {one, two, false}, {three, one, false},
		{withoutOne, two, false}, {First([]byte("other")).Rotated([]byte("two")), one, false}, {two, First([]byte("other")), false},
		{parsed(t, strings.Replace(string(two.Encode()), `"current":2`, `"current":1`, 1)), one, false},
	} {
		if got := test.after.Follows(test.before); got != test.want {
			t.Errorf("case %d: %t", n, got)
		}
	}
}

func TestKeysAreNeverPrinted(t *testing.T) {
	s := First([]byte("hidden-key")).Rotated([]byte("hidden-key"))
	stored := struct{ Keys Set }{s}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "set", s, "stored", stored)
	encoded, err := json.Marshal(stored)
	if err != nil {
		t.Fatal(err)
	}
	all := log.String() + string(encoded)
	for _, v := range []any{s, &s, stored, []Set{s}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			all += fmt.Sprintf(verb, v)
		}
	}
	key := []byte("hidden-key")
	for _, form := range []string{string(key), base64.StdEncoding.EncodeToString(key), fmt.Sprintf("%x", key), strings.Trim(fmt.Sprint(key), "[]")} {
		if strings.Contains(all, form) {
			t.Errorf("%q is in %s", form, all)
		}
	}
}
