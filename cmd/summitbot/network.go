package main

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
)

// networkNames are the variables that Go's own libraries read from the
// environment: the proxies, and whose certificates are believed.
var networkNames = []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"}

// adopt puts those of them that .env has into the environment, where they are
// not set. It is called before anything is read from there. What is wrong with
// the file every command tells that reads it.
func adopt(e environment) error {
	file, err := e.dotenv()
	if err != nil {
		return nil
	}
	for _, name := range networkNames {
		if v, _ := e.getenv(name); v != "" || file.vars[name] == "" {
			continue
		}
		if err := os.Setenv(name, file.vars[name]); err != nil {
			return fmt.Errorf("setting %s: %w", name, err)
		}
	}
	return nil
}

// proxyFaults says which proxy is not understood. Go would do without it, and
// go past it in silence.
func proxyFaults(vars map[string]string) (faults []error) {
	for _, name := range networkNames[:4] {
		if v := vars[name]; v != "" && !isProxy(v) {
			faults = append(faults, fmt.Errorf("%s is not understood: it is like http://proxy.example:3128", name))
		}
	}
	return faults
}

// isProxy says whether a proxy can be at an address: a URL, or a host with or
// without a port.
func isProxy(address string) bool {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	return err == nil && u.Hostname() != "" && slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme)
}
