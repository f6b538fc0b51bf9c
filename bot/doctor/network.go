package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/rest"
)

// unread says that Discord did not tell what a check has to know, and what to
// do about it.
func (d *doctor) unread(err error) Finding { return fault(d.unsaid(err), d.remedy(err)) }

// unsaid is why Discord did not tell something.
func (d *doctor) unsaid(err error) string {
	return strings.ReplaceAll(err.Error(), context.DeadlineExceeded.Error(), fmt.Sprintf("there is no answer within %v", d.patience))
}

// remedy is what to do about it.
func (d *doctor) remedy(err error) string {
	if _, limited := rest.LimitedUntil(err); limited {
		return "leave serve stopped until then, and find out what asks so often: see the end of its log"
	}
	if d.Discord.APIURL != "" {
		return "see whether the test server runs (summitbot local -no-bot) and what it logs, or leave DISCORD_API_URL empty for Discord itself"
	}
	proxy, proxied := errors.AsType[*rest.ProxyError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	_, moved := errors.AsType[*rest.RedirectError](err)
	_, other := errors.AsType[*json.SyntaxError](err)
	greeting, silent := errors.AsType[*gateway.GreetingError](err)
	switch {
	case untrusted:
		return d.distrusted(err)
	case proxied:
		return "see whether HTTPS_PROXY names the right proxy, and whether that runs and lets " + proxy.To + " through; NO_PROXY=discord.com,.discord.gg goes past it"
	case moved, other:
		return "see whether this network wants a sign-in first, or a proxy that is to be named in HTTPS_PROXY"
	case silent:
		return "let web sockets to " + greeting.Gateway + " through the firewall or the proxy (one is named in HTTPS_PROXY)"
	}
	return "see whether this machine reaches " + d.host() + " (a proxy is named in HTTPS_PROXY), and https://discordstatus.com whether Discord is in trouble"
}

// distrusted is what to do about a certificate that is not believed.
func (d *doctor) distrusted(err error) string {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return "see whether this machine's clock is right"
	}
	if file := d.Discord.Authorities; file != "" {
		if _, err := os.ReadFile(file); err != nil {
			return "SSL_CERT_FILE cannot be read (" + err.Error() + "): name the file with the certificates that are believed there"
		}
	}
	return "a proxy that reads along signs for itself: put its authority's certificate behind those of the system in one file, and name that in SSL_CERT_FILE; or install ca-certificates, if none are there"
}
