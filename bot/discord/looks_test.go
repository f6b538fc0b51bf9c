package discord

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render"
	"summitbot/bot/discord/render/rendertest"
	"summitbot/bot/discord/worker"
	"summitbot/bot/wording"
)

// What the bot says in lines of its own, as it is posted.
func TestLines(t *testing.T) {
	for _, language := range wording.Languages {
		w := wording.For(language)
		views := []object.View{
			render.Line(w.Help), render.Line(fmt.Sprintf(w.Privacy, 30)), render.Line(w.PrivacyShort), render.Line(fmt.Sprintf(w.Ahead, 7)), render.Line(w.Forgotten), render.Line(w.Looking), render.Line(w.Failed), render.Line(w.Stopped), render.Line(w.Busy), worker.TooFastLine(w, 3*time.Second),
			render.Line(w.UnknownCommand), render.Line(w.Thanks), render.Line(fmt.Sprintf(w.ThreadOpened, "<#1>")), render.Line(fmt.Sprintf(w.ThreadThere, "<#1>")),
			render.Line(w.ThreadDenied), render.Line(w.ThreadHello), render.Line(w.ThreadHelloAll), render.Line(worker.Barred{Lacks: object.MayView}.Told(w, "1")), render.Line(worker.Barred{Lacks: object.MaySend}.Told(w, "1")), render.Line(worker.Barred{Lacks: object.MaySendInThreads}.Told(w, "1")), render.Line(worker.Barred{Lacks: object.MayReadHistory}.Told(w, "1")), render.Line(worker.Barred{Locked: true}.Told(w, "1")), render.Line(w.NoText), render.Line(fmt.Sprintf(w.ByRole, "<@1>")),
		}
		for _, v := range views {
			rendertest.Within(t, v)
		}
		rendertest.Golden(t, filepath.Join(language, "lines"), rendertest.Drawn(views...))
	}
}
