package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"summitbot/bot/store"
)

// checkSettings reads the settings. What it finds wrong with one of them keeps
// only from being checked what needs it.
func (d *doctor) checkSettings(context.Context) bool {
	vars, from, err := readVars(d.environment)
	if err != nil && !errors.Is(err, errUsage) {
		d.say("settings", isFault, err.Error(), "see to it that it is a plain file which the user that runs this may read, or take it away")
		return false
	}
	if err != nil {
		d.failed("settings", err, "correct the file, or begin anew with a copy of .env.example")
		return false
	}
	cfg, faults, err := parseConfig(vars, from)
	if err != nil {
		d.failed("settings", err, "see .env.example")
		return false
	}
	d.cfg = cfg
	for _, err := range faults {
		d.failed("settings", err, ".env.example tells what it can be; set it in the environment or in .env")
		for _, name := range named(err.Error()) {
			d.cause[name] = name
		}
	}
	warned := d.warnOfSettings(vars)
	if len(faults) > 0 || warned {
		return true
	}
	set := slices.DeleteFunc(settingNames(), func(name string) bool { return vars[name] == "" })
	if len(set) == 0 {
		d.ok("settings", "none is set")
	} else {
		d.ok("settings", "%d of %d are set: %s", len(set), len(settingNames()), strings.Join(set, ", "))
	}
	return true
}

// named are the settings that a text names.
func named(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool { return (r < 'A' || 'Z' < r) && r != '_' })
	return slices.DeleteFunc(settingNames(), func(name string) bool { return !slices.Contains(words, name) })
}

// warnOfSettings tells of settings that are understood, and yet not what
// somebody will have meant.
func (d *doctor) warnOfSettings(vars map[string]string) (warned bool) {
	warn := func(found, mend string) {
		warned = true
		d.say("settings", isWarning, found, mend)
	}
	for _, m := range misspellings(vars) {
		warn(m.name+" in .env is no setting, and is not read", "perhaps "+m.like+" is meant; .env.example lists them all")
	}
	modelled := d.cfg.OpenAIKey != "" || d.cfg.OpenAIBaseURL != ""
	if vars["OPENAI_MODEL"] != "" && !modelled {
		warn("OPENAI_MODEL has no effect: no model is asked", "set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own")
	}
	if least := d.cfg.ContextTokens + besidePassages; modelled && d.cfg.DailyTokenBudget > 0 && d.cfg.DailyTokenBudget < least {
		warn(fmt.Sprintf("DAILY_TOKEN_BUDGET=%d is less than one answer may take, %d tokens", d.cfg.DailyTokenBudget, least),
			"raise it; an answer takes about CONTEXT_TOKENS and the reply")
	}
	return warned
}

// failed tells of a fault by an error. Where its text says after a colon what
// to do, that is the mend.
func (d *doctor) failed(name string, err error, otherwise string) {
	found, mend, ok := strings.Cut(err.Error(), ": ")
	if !ok {
		mend = otherwise
	}
	d.say(name, isFault, found, mend)
}

// checkArticles reads the articles.
func (d *doctor) checkArticles(context.Context) bool {
	index, err := loadIndex(d.cfg)
	if err != nil {
		d.say("articles", isFault, err.Error(), "correct the file, or name another folder in ARTICLES; empty means the built-in article")
		return false
	}
	sentences := 0
	for _, a := range index.Articles() {
		sentences += a.Len()
	}
	where := "the built-in article"
	if d.cfg.Articles != "" {
		where = fmt.Sprintf("%d in %s", len(index.Articles()), d.cfg.Articles)
	}
	d.ok("articles", "%s, %d sentences to quote", where, sentences)
	return true
}

// checkFolder sees whether what is kept can be written.
func (d *doctor) checkFolder(context.Context) bool {
	folder := d.cfg.DataDir
	place, err := existing(folder)
	if err == nil {
		err = tryWriting(place)
	}
	if err != nil {
		d.say("data", isFault, "what has to outlive a restart cannot be written: "+err.Error(), folderMend(err))
		return false
	}
	if info, err := os.Stat(place); err == nil && place == filepath.Clean(folder) && runtime.GOOS != "windows" && othersWrite(info.Mode()) {
		d.say("data", isWarning, fmt.Sprintf("everybody on this machine can put other files in the place of those in the folder %s (%v)", folder, info.Mode()), "say chmod go-w "+folder+", or name a folder of the bot's own in DATA_DIR")
		return true
	}
	if place != filepath.Clean(folder) {
		d.ok("data", "the folder %s is not there yet; serve makes it", folder)
	} else {
		d.ok("data", "the folder %s can be written", folder)
	}
	return true
}

// othersWrite says whether others than its owner may replace a folder's files.
func othersWrite(mode fs.FileMode) bool { return mode&0o022 != 0 && mode&fs.ModeSticky == 0 }

// folderMend is what to do about a folder that cannot be written.
func folderMend(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "the disk is full: make room there (df -h tells of bytes, df -i of files), or name a folder on another one in DATA_DIR"
	case errors.Is(err, syscall.EDQUOT):
		return "this user's quota of that disk is used up: make room there, or name a folder on another one in DATA_DIR"
	case errors.Is(err, syscall.EROFS):
		return "that disk can only be read: name a folder on another one in DATA_DIR"
	}
	return "let the user that runs serve write there, or name another folder in DATA_DIR"
}

// existing is the folder, or the nearest one above it that is there.
func existing(folder string) (string, error) {
	for place := filepath.Clean(folder); ; place = filepath.Dir(place) {
		info, err := os.Stat(place)
		switch {
		case err == nil && !info.IsDir():
			return "", fmt.Errorf("%s is a file, not a folder", place)
		case err == nil:
			return place, nil
		case errors.Is(err, fs.ErrPermission) || place == filepath.Dir(place):
			return "", err
		}
	}
}

// tryWriting writes a file into a folder and takes it away again.
func tryWriting(folder string) error {
	f, err := os.CreateTemp(folder, ".summitbot-doctor-*")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 4096))
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

// How much room there has to be on the disk, in bytes: below the first the
// store may fail at any time.
const (
	leastRoom  = 32 << 20
	enoughRoom = 512 << 20
)

// checkDisk sees how much room is left for what is kept.
func (d *doctor) checkDisk(context.Context) bool {
	place, err := existing(d.cfg.DataDir)
	var free uint64
	if err == nil {
		free, err = freeSpace(place)
	}
	if err != nil {
		d.say("disk", isWarning, "it is not known how much room is left: "+err.Error(), "see to it that the disk of "+d.cfg.DataDir+" does not fill up")
		return true
	}
	d.say("disk", room(free), size(free)+" are free for "+d.cfg.DataDir, roomMends[room(free)])
	return true
}

// roomMends say what to do about a disk that fills up.
var roomMends = map[health]string{
	isWarning: "make room, or name a folder on another disk in DATA_DIR",
	isFault:   "make room now, or name a folder on another disk in DATA_DIR: questions are answered, but none outlives a crash",
}

// room judges how many bytes are left.
func room(free uint64) health {
	switch {
	case free < leastRoom:
		return isFault
	case free < enoughRoom:
		return isWarning
	}
	return isOK
}

// size is a number of bytes for people.
func size(n uint64) string {
	if n >= 1<<30 {
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	}
	return fmt.Sprintf("%d MB", n>>20)
}

// checkDatabase looks at what is kept.
func (d *doctor) checkDatabase(ctx context.Context) bool {
	s, err := store.Inspect(ctx, d.cfg.store(d.cfg.DataDir))
	d.judge(s, err)
	return true
}

// judge tells what is to be said of a database.
func (d *doctor) judge(s store.State, err error) {
	var trouble *store.Trouble
	switch {
	case errors.Is(err, store.ErrDamaged):
		d.say("database", isFault, s.Name+": "+err.Error(), "stop serve, put a copy of the file back that is whole, or move it away with those beside it (-wal, -shm) "+
			"so that serve makes a new one: then the votes and the questions in it are lost")
	case errors.As(err, &trouble):
		d.say("database", isFault, s.Name+": "+trouble.What(), trouble.Mend)
	case err != nil && d.cfg.DatabaseURL != "":
		d.say("database", isFault, s.Name+": "+err.Error(), "start the database, and check the host, the port, the user and the password in DATABASE_URL")
	case err != nil:
		d.say("database", isFault, s.Name+": "+err.Error(), "let the user that runs serve read and write it")
	case !s.Made:
		d.ok("database", "%s is empty; serve makes its tables", s.Name)
	case s.Version > s.Known:
		d.say("database", isFault, fmt.Sprintf("%s is of a newer release: version %d, and this one knows %d", s.Name, s.Version, s.Known),
			"run that release again, or name another folder in DATA_DIR")
	case s.Version < s.Known:
		d.ok("database", "%s is whole; serve brings it from version %d to %d when it starts", s.Name, s.Version, s.Known)
	case s.Waiting > 0:
		d.ok("database", "%s is whole; questions that wait for an answer: %d", s.Name, s.Waiting)
	default:
		d.ok("database", "%s is whole", s.Name)
	}
}
