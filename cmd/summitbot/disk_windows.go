package main

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// freeSpace is how many bytes a user may still write to the disk of a folder.
func freeSpace(folder string) (uint64, error) {
	name, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return 0, err
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, fmt.Errorf("asking for the disk of %s: %w", folder, err)
	}
	return free, nil
}
