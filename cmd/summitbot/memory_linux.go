package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// letGo lets go of the program's file in memory. A start reads much of it that
// is not needed afterwards, and the kernel brings in 64 KB around whatever is
// read; what is needed again it takes from its cache of the file. Pages that
// the program has made its own are none of the file's, and stay.
func letGo() error {
	file, err := os.Open("/proc/self/smaps")
	if err != nil {
		return fmt.Errorf("reading what is in memory: %w", err)
	}
	defer file.Close()
	var all []error
	var start, end uintptr // of the mapping at hand; 0 when it is not to be touched
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		switch fields := strings.Fields(lines.Text()); {
		case len(fields) >= 5 && strings.Contains(fields[0], "-"): // 00400000-00cbe000 r-xp 00000000 fe:00 123 /bin/summitbot
			start, end = 0, 0
			if len(fields) >= 6 && fields[5][0] == '/' && fields[1][1] == '-' {
				_, err = fmt.Sscanf(fields[0], "%x-%x", &start, &end)
				all = append(all, err)
			}
		case len(fields) == 3 && fields[0] == "Anonymous:" && fields[1] == "0" && end > start:
			if _, _, errno := syscall.Syscall(syscall.SYS_MADVISE, start, end-start, syscall.MADV_DONTNEED); errno != 0 {
				all = append(all, fmt.Errorf("letting go of the program's file: %w", errno))
			}
		}
	}
	return errors.Join(append(all, lines.Err())...)
}
