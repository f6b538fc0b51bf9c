//go:build !linux

package main

// letGo does nothing where nobody has measured what it would do.
func letGo() error { return nil }
