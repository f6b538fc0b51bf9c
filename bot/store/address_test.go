package store

import (
	"strings"
	"testing"
)

// What is told of an address holds nothing of the password, and one that is
// written as addresses are is taken.
func TestCheckURL(t *testing.T) {
	t.Parallel()
	const secret = "canary"
	for address, well := range map[string]bool{
		"postgres://u:" + secret + "@localhost:5432/db": true, "postgresql://u:a%40" + secret + "%2F@h1:1,h2:2/db?sslmode=require&application_name=x": true,
		"postgres:///db?host=/run/postgresql&password=" + secret: true, "postgres://h/db?user=a%40b": true, "postgres://[::1]:5432/db": true,
		"postgres://u:1/" + secret + "@h/db": false, "postgres://u:1?" + secret + "@h/db": false, "postgres://u:1#" + secret + "@h/db": false, "postgres://u:1@" + secret + "@h/db": false,
		"postgres://u:%zz" + secret + "@h/db": false, "host=h password=" + secret: false, "mysql://u:" + secret + "@h/db": false, "postgres:" + secret: false, "": false,
		"postgres://u:" + secret + "@h/db?sslmode=on": false, "postgres://u:" + secret + "@h:port/db": false, "postgres://h/db?a b=" + secret: false,
	} {
		err := CheckURL(address)
		if (err == nil) != well || err != nil && (strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "%40")) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if err := CheckURL("postgres://u:" + secret + "@h/db?sslmode=verify-full&sslrootcert=/nowhere/ca.pem"); err == nil || !strings.Contains(err.Error(), "/nowhere/ca.pem") || strings.Contains(err.Error(), secret) {
		t.Errorf("a certificate that is not there: %v", err)
	}
}
