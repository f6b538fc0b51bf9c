package llm

import (
	"context"
	"errors"
	"fmt"

	openai "github.com/sashabaranov/go-openai"
)

// An Embedder asks a client's server for embeddings by one model.
type Embedder struct {
	Client *Client
	Model  string
}

// Embed returns a vector for each text, in their order. The errors are those
// of Stream; it is not tried again.
func (e Embedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	vectors, err := e.embed(ctx, texts)
	if failed, ok := errors.AsType[*Error](err); ok && !errors.Is(ctx.Err(), context.Canceled) {
		e.Client.health.fails(ctx, e.Model, failed)
	} else if err == nil {
		e.Client.health.well(ctx, e.Model)
	}
	return vectors, err
}

func (e Embedder) embed(ctx context.Context, texts []string) ([][]float32, error) {
	c := e.Client
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	got, err := c.api.CreateEmbeddings(ctx, openai.EmbeddingRequestStrings{Input: texts, Model: openai.EmbeddingModel(e.Model)})
	if err != nil {
		return nil, c.classify(err)
	}
	out := make([][]float32, len(texts))
	for _, d := range got.Data {
		if d.Index < 0 || d.Index >= len(out) || len(d.Embedding) == 0 {
			return nil, &Error{Kind: Garbled, Detail: fmt.Sprintf("there is an embedding of text %d, of %d", d.Index, len(texts))}
		}
		out[d.Index] = d.Embedding
	}
	for i, v := range out {
		if v == nil {
			return nil, &Error{Kind: Garbled, Detail: fmt.Sprintf("there is no embedding of text %d, of %d", i, len(texts))}
		}
	}
	return out, nil
}
