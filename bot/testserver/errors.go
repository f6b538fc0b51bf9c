package testserver

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// apiError is an error as Discord's REST API words it.
// https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
type apiError struct {
	Status  int            `json:"-"`
	Code    int            `json:"code"`
	Message string         `json:"message"`
	Errors  map[string]any `json:"errors,omitempty"`
}

// Error words the failure for logs and for callers in Go.
func (e *apiError) Error() string {
	if len(e.Errors) > 0 {
		return fmt.Sprintf("%s (code %d): %s", e.Message, e.Code, flatErrors("", e.Errors))
	}
	return fmt.Sprintf("%s (code %d)", e.Message, e.Code)
}

func flatErrors(path string, tree map[string]any) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(tree)) {
		switch v := tree[key].(type) {
		case map[string]any:
			parts = append(parts, flatErrors(strings.TrimPrefix(path+"."+key, "."), v))
		case []fieldError:
			for _, e := range v {
				parts = append(parts, path+": "+e.Message)
			}
		}
	}
	return strings.Join(parts, "; ")
}

func notFound(code int, message string) *apiError {
	return &apiError{Status: http.StatusNotFound, Code: code, Message: message}
}

func badRequest(code int, message string) *apiError {
	return &apiError{Status: http.StatusBadRequest, Code: code, Message: message}
}

// Discord's errors that more than one route answers with.
func errUnknownChannel() *apiError     { return notFound(10003, "Unknown Channel") }
func errUnknownGuild() *apiError       { return notFound(10004, "Unknown Guild") }
func errUnknownMessage() *apiError     { return notFound(10008, "Unknown Message") }
func errUnknownUser() *apiError        { return notFound(10013, "Unknown User") }
func errUnknownWebhook() *apiError     { return notFound(10015, "Unknown Webhook") }
func errUnknownInteraction() *apiError { return notFound(10062, "Unknown interaction") }
func errUnknownCommand() *apiError     { return notFound(10063, "Unknown application command") }
func errEmptyMessage() *apiError       { return badRequest(50006, "Cannot send an empty message") }
func errInvalidJSON() *apiError {
	return badRequest(50109, "The request body contains invalid JSON.")
}
func errNotFound() *apiError { return notFound(0, "404: Not Found") }
func errUnauthorized() *apiError {
	return &apiError{Status: http.StatusUnauthorized, Message: "401: Unauthorized"}
}

// fieldError is one leaf of the nested errors of code 50035.
type fieldError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// formErrors gathers what is wrong with a request, by dotted path.
type formErrors struct{ tree map[string]any }

// add notes one fault at path, such as "embeds.0.title".
func (f *formErrors) add(path, code, message string, args ...any) {
	if f.tree == nil {
		f.tree = map[string]any{}
	}
	node := f.tree
	if path != "" {
		for key := range strings.SplitSeq(path, ".") {
			child, ok := node[key].(map[string]any)
			if !ok {
				child = map[string]any{}
				node[key] = child
			}
			node = child
		}
	}
	leaves, _ := node["_errors"].([]fieldError)
	if len(args) > 0 {
		message = fmt.Sprintf(message, args...)
	}
	node["_errors"] = append(leaves, fieldError{code, message})
}

// tooLong notes a string that is over its limit of characters.
func (f *formErrors) tooLong(path string, limit int) {
	f.add(path, "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", limit)
}

// badLength notes a list or string whose length lies outside [low, high].
func (f *formErrors) badLength(path string, low, high int) {
	f.add(path, "BASE_TYPE_BAD_LENGTH", "Must be between %d and %d in length.", low, high)
}

// required notes a field that is missing.
func (f *formErrors) required(path string) {
	f.add(path, "BASE_TYPE_REQUIRED", "This field is required")
}

// err is nil when nothing was noted, else Discord's 50035.
func (f *formErrors) err() error {
	if f.tree == nil {
		return nil
	}
	return &apiError{Status: http.StatusBadRequest, Code: 50035, Message: "Invalid Form Body", Errors: f.tree}
}
