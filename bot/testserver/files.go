package testserver

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
)

// upload is one file of a multipart request.
type upload struct {
	field string // "files[0]"
	name  string
	media string
	data  []byte

	description string // by a person
}

// storedFile is an attachment's content.
type storedFile struct {
	id, name, media string
	data            []byte
}

// fileStore keeps the newest attachments within a bound of bytes.
type fileStore struct {
	byID  map[string]*storedFile
	order []*storedFile
	bytes int
}

func (f *fileStore) add(file *storedFile) {
	f.byID[file.id] = file
	f.order = append(f.order, file)
	f.bytes += len(file.data)
	for f.bytes > maxStoredFiles {
		oldest := f.order[0]
		f.order = f.order[1:]
		f.bytes -= len(oldest.data)
		delete(f.byID, oldest.id)
	}
}

// readMultipart reads a form of payload_json and files.
// https://docs.discord.com/developers/reference#uploading-files
func (c *call) readMultipart() error {
	form, err := c.r.MultipartReader()
	if err != nil {
		return bodyError(err)
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return bodyError(err)
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return bodyError(err)
		}
		switch {
		case part.FormName() == "payload_json":
			if !json.Valid(data) {
				return errInvalidJSON()
			}
			c.body = data
		case part.FileName() != "" && len(c.files) < 10:
			c.files = append(c.files, upload{
				field: part.FormName(), name: path.Base(part.FileName()),
				media: part.Header.Get("Content-Type"), data: data,
			})
		case part.FileName() != "":
			return badRequest(30015, "Maximum number of attachments in a message reached (10)")
		}
	}
}

// serveAttachment answers GET /attachments/{channel}/{id}/{name}, in a way
// that a browser never runs what is in it.
func (s *Server) serveAttachment(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(r.URL.Path, "/")
	s.mu.Lock()
	var file *storedFile
	if len(parts) == 5 {
		file = s.files.byID[parts[3]]
	}
	s.mu.Unlock()
	if file == nil || r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.media)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if !strings.HasPrefix(file.media, "image/") || strings.Contains(file.media, "svg") {
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.name}))
	}
	if _, err := w.Write(file.data); err != nil {
		s.log.Debug("sending an attachment", "err", err)
	}
}
