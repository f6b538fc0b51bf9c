package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/bot/doctor"
	"summitbot/bot/eval"
	"summitbot/bot/llm/llmtest"
	"summitbot/bot/report"
	"summitbot/bot/testserver"
)

// What others read: scripts what commands print as JSON, and Prometheus the
// metrics. What is taken away or means something else breaks them, so that it
// is not to happen unnoticed; what is added is added to the files too.

// golden compares lines with a file of testdata.
func golden(t *testing.T, file string, lines []string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSpace(string(data)), "\n")
	for _, l := range want {
		if !slices.Contains(lines, l) {
			t.Errorf("%s: this is gone: %s", file, l)
		}
	}
	for _, l := range lines {
		if !slices.Contains(want, l) {
			t.Errorf("%s lacks: %s", file, l)
		}
	}
}

// The fields of all that is printed as JSON, with what they hold.
func TestGoldenFields(t *testing.T) {
	t.Parallel()
	fields := map[string]bool{}
	for of, v := range map[string]any{
		"ask -json": &told{}, "doctor -json": &[]doctor.Finding{}, "eval -json": &eval.Report{}, "report -json": &report.Report{},
		"export": &bot.Record{}, "export -cases": &eval.Case{},
	} {
		fill(reflect.ValueOf(v).Elem())
		printed, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		walk(t, of, printed, fields)
	}
	for _, question := range []string{"Why was Alaska chosen?", "What are the risks?"} { // for claims, which nothing but a proof makes
		var out, errs bytes.Buffer
		code := run(t.Context(), environment{
			args: []string{"ask", "-json", question}, getenv: func(string) (string, bool) { return "", false },
			dir: t.TempDir(), stdin: strings.NewReader(""), stdout: &out, stderr: &errs,
		})
		if code != exitOK {
			t.Fatalf("ask ended with code %d: %s", code, &errs)
		}
		walk(t, "ask -json", out.Bytes(), fields)
	}
	golden(t, "testdata/fields.txt", slices.Sorted(maps.Keys(fields)))
}

// fill gives a value and all that is in it something to be printed.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(1, 0)))
			return
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() && v.Type().Field(i).Tag.Get("json") != "-" {
				fill(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[[]bot.Claim]() {
			v.Set(reflect.ValueOf([]bot.Claim{}))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int64:
		v.SetInt(1)
	case reflect.Float64:
		v.SetFloat(1)
	default:
		panic(fmt.Sprintf("a %s is not filled", v.Type()))
	}
}

// walk notes the fields of what was printed.
func walk(t *testing.T, of string, printed []byte, fields map[string]bool) {
	t.Helper()
	var all any
	if err := json.Unmarshal(printed, &all); err != nil {
		t.Fatalf("%s: %v", of, err)
	}
	var in func(path string, v any)
	in = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, field := range v {
				in(path+"."+name, field)
			}
		case []any:
			for _, item := range v {
				in(path+"[]", item)
			}
		case float64:
			fields[of+": "+path+" number"] = true
		default:
			fields[fmt.Sprintf("%s: %s %T", of, path, v)] = true
		}
	}
	in("", all)
}

// All metrics, with their types and labels. That alerts.yaml names no others,
// another test sees to.
func TestGoldenMetrics(t *testing.T) {
	t.Parallel()
	model := llmtest.New(t)
	model.Answers(llmtest.Quoting(0))
	w, address := measuring(t, testserver.Faults{}, "OPENAI_BASE_URL="+model.URL+"/v1", "OPENAI_MODEL=m", "DAILY_TOKEN_BUDGET=1000000")
	w.ready()
	w.answerTo(w.say("ana", "general", why), "")
	awaitPage(t, address+"/metrics", http.StatusOK, "summitbot_questions_answered_total{")
	_, body := fetch(t, address+"/metrics")
	kinds, labels := map[string]string{}, map[string]map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (summitbot_\S+) (\S+)$`).FindAllStringSubmatch(body, -1) {
		kinds[m[1]], labels[m[1]] = m[2], map[string]bool{}
	}
	for _, m := range sample.FindAllStringSubmatch(body, -1) {
		name := m[1]
		for _, end := range []string{"_bucket", "_sum", "_count"} {
			if base := strings.TrimSuffix(name, end); kinds[base] == "histogram" {
				name = base
			}
		}
		for _, l := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(m[2], -1) {
			if of := labels[name]; of != nil {
				of[l[1]] = true
			}
		}
	}
	var lines []string
	for name, kind := range kinds {
		lines = append(lines, strings.TrimSpace(fmt.Sprint(name, " ", kind, " ", strings.Join(slices.Sorted(maps.Keys(labels[name])), " "))))
	}
	golden(t, "testdata/metrics.txt", lines)
	w.signal(os.Interrupt)
	w.exits(exitOK)
}
