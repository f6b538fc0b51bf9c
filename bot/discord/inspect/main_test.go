package inspect

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// token has the form that gives a bot a known id.
const token = "MTAwMDAwMDAwMDAwMDAwMDAx.x.secretsecret"
