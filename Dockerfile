# syntax=docker/dockerfile:1

# The bot as an image: one static binary, the certificates of those it talks
# to, and nothing else. It runs as a user without a name or rights, and its
# root may be read-only; what outlives a restart is in the volume /data.
#
#   docker build -t summitbot .
#   docker run --read-only --cap-drop ALL --env-file .env -e DATA_DIR=/data -e METRICS_ADDR=127.0.0.1:9391 \
#       -v summitbot:/data summitbot
#
# What -e says wins over .env, a copy of .env.example, which names another
# folder and no METRICS_ADDR: without that the health check has nowhere to ask.
# To reach the metrics from outside the container, say instead
#
#   -e METRICS_ADDR=0.0.0.0:9391 -p 127.0.0.1:9391:9391

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
# The repository comes along, so that "summitbot version" tells the commit.
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=true -ldflags=-s -o /out/summitbot ./cmd/summitbot \
    && mkdir -m 700 /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/summitbot /summitbot
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
# SQLite puts what it has no room for in memory into the working directory,
# where there is no /tmp.
WORKDIR /data
VOLUME /data
ENV DATA_DIR=/data METRICS_ADDR=127.0.0.1:9391
# serve finishes what it has within 20 s.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["/summitbot", "ready"]
ENTRYPOINT ["/summitbot"]
CMD ["serve"]
