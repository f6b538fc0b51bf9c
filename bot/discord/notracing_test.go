//go:build !race

package discord

const racing = false

const atOnce = 8
