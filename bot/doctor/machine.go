package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"summitbot/bot/store"
)

// checkArticles reads the articles.
func (d *doctor) checkArticles(context.Context) Finding {
	index, err := d.Index()
	if err != nil {
		return fault(err.Error(), "correct the file, or name another folder in ARTICLES; empty means the built-in article")
	}
	d.index = index
	sentences := 0
	for _, a := range index.Articles() {
		sentences += a.Len()
	}
	where := "the built-in article"
	if d.Articles != "" {
		where = fmt.Sprintf("%d in %s", len(index.Articles()), d.Articles)
	}
	return ok(fmt.Sprintf("%s, %d sentences to quote", where, sentences))
}

// checkFolder sees whether what is kept can be written.
func (d *doctor) checkFolder(context.Context) Finding {
	folder := d.Store.Folder
	place, err := existing(folder)
	if err == nil {
		err = tryWriting(place)
	}
	if err != nil {
		return fault("what has to outlive a restart cannot be written: "+err.Error(), folderMend(err))
	}
	if info, err := os.Stat(place); err == nil && place == filepath.Clean(folder) && runtime.GOOS != "windows" && othersWrite(info.Mode()) {
		return warning(fmt.Sprintf("everybody on this machine can put other files in the place of those in the folder %s (%v)", folder, info.Mode()), "say chmod go-w "+folder+", or name a folder of the bot's own in DATA_DIR")
	}
	if place != filepath.Clean(folder) {
		return ok("the folder " + folder + " is not there yet; serve makes it")
	}
	return ok("the folder " + folder + " can be written")
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
func (d *doctor) checkDisk(context.Context) Finding {
	folder := d.Store.Folder
	place, err := existing(folder)
	var free uint64
	if err == nil {
		free, err = d.Free(place)
	}
	if err != nil {
		return warning("it is not known how much room is left: "+err.Error(), "see to it that the disk of "+folder+" does not fill up")
	}
	as := room(free)
	return Finding{Status: as, Found: size(free) + " are free for " + folder, Mend: roomMends[as]}
}

// roomMends say what to do about a disk that fills up.
var roomMends = map[Status]string{
	Warning: "make room, or name a folder on another disk in DATA_DIR",
	Fault:   "make room now, or name a folder on another disk in DATA_DIR: questions are answered, but none outlives a crash",
}

// room judges how many bytes are left.
func room(free uint64) Status {
	switch {
	case free < leastRoom:
		return Fault
	case free < enoughRoom:
		return Warning
	}
	return OK
}

// size is a number of bytes for people.
func size(n uint64) string {
	if n >= 1<<30 {
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	}
	return fmt.Sprintf("%d MB", n>>20)
}

// checkDatabase looks at what is kept.
func (d *doctor) checkDatabase(ctx context.Context) Finding {
	s, err := store.Inspect(ctx, d.Store)
	return d.stateOf(s, err)
}

// stateOf is what is to be said of a database.
func (d *doctor) stateOf(s store.State, err error) Finding {
	var trouble *store.Trouble
	switch {
	case errors.Is(err, store.ErrDamaged):
		return fault(s.Name+": "+err.Error(), "stop serve, put a copy of the file back that is whole, or move it away with those beside it (-wal, -shm) "+
			"so that serve makes a new one: then the votes and the questions in it are lost")
	case errors.As(err, &trouble):
		return fault(s.Name+": "+trouble.What(), trouble.Mend)
	case err != nil && d.Store.URL != "":
		return fault(s.Name+": "+err.Error(), "start the database, and check the host, the port, the user and the password in DATABASE_URL")
	case err != nil:
		return fault(s.Name+": "+err.Error(), "let the user that runs serve read and write it")
	case !s.Made:
		return ok(s.Name + " is empty; serve makes its tables")
	case s.Version > s.Known:
		return fault(fmt.Sprintf("%s is of a newer release: version %d, and this one knows %d", s.Name, s.Version, s.Known),
			"run that release again, or name another folder in DATA_DIR")
	case s.Version < s.Known:
		return ok(fmt.Sprintf("%s is whole; serve brings it from version %d to %d when it starts", s.Name, s.Version, s.Known))
	case s.Waiting > 0:
		return ok(fmt.Sprintf("%s is whole; questions that wait for an answer: %d", s.Name, s.Waiting))
	}
	return ok(s.Name + " is whole")
}
