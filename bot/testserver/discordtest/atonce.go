package discordtest

import (
	"flag"
	"fmt"
	"strconv"
)

// AtOnce has n tests run at a time at least, for a package whose tests wait for
// servers and processes rather than compute. TestMain calls it first.
func AtOnce(n int) error {
	flag.Parse()
	now, err := strconv.Atoi(flag.Lookup("test.parallel").Value.String())
	if err == nil && now < n {
		err = flag.Set("test.parallel", strconv.Itoa(n))
	}
	if err != nil {
		return fmt.Errorf("setting how many tests run at a time: %w", err)
	}
	return nil
}
