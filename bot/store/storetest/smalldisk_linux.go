package storetest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// SmallDisk is a folder on a disk of its own, of so many bytes. That needs root
// on Linux, which the gate has.
func SmallDisk(t testing.TB, size int) (folder string) {
	t.Helper()
	folder = t.TempDir()
	err := syscall.Mount("none", folder, "tmpfs", 0, fmt.Sprintf("size=%d", size))
	if errors.Is(err, syscall.EPERM) && os.Getenv("SUMMITBOT_CI") == "" {
		t.Skip("a disk of a test's own needs root")
	}
	if err != nil {
		t.Fatalf("mounting a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, 0); err != nil {
			t.Errorf("unmounting the small disk: %v", err)
		}
	})
	return folder
}

// Fill leaves no room on a small disk, until it is emptied.
func Fill(t testing.TB, folder string) (empty func()) {
	t.Helper()
	junk := filepath.Join(folder, "junk")
	if err := os.WriteFile(junk, make([]byte, 64<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	return func() {
		if err := os.Remove(junk); err != nil {
			t.Fatal(err)
		}
	}
}
