# SPDX-License-Identifier: Apache-2.0
#
# owfs, owserver and the shell tools in a container. How to run them, and how to
# hand the mount on to the host and to other containers: docs/containers.md.

FROM golang:1.26-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends libusb-1.0-0-dev
ARG VERSION=devel
WORKDIR /src
COPY . .
RUN CGO_ENABLED=1 go build -buildvcs=false -trimpath -ldflags="-s -w -X main.version=${VERSION}" -o /programs/ ./cmd/...

FROM debian:bookworm-slim
ARG VERSION=devel
LABEL org.opencontainers.image.title="owfs" \
      org.opencontainers.image.description="1-Wire buses as a filesystem, and their server" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"

# owfs runs as a user of its own. A user who is not root mounts with the help of
# fusermount3, which needs SYS_ADMIN of the container and lets other users in
# only if the file says so.
RUN apt-get update \
 && apt-get install -y --no-install-recommends fuse3 libusb-1.0-0 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*.log /var/log/apt \
 && echo user_allow_other >> /etc/fuse.conf \
 && groupadd --gid 10001 owfs \
 && useradd --uid 10001 --gid 10001 --home-dir / --no-create-home --no-log-init --shell /usr/sbin/nologin owfs \
 && install -d -o owfs -g owfs /mnt/1wire
COPY LICENSE /usr/share/doc/owfs/LICENSE
COPY --from=build /programs/ /usr/local/bin/

USER owfs
STOPSIGNAL SIGTERM

# Asks the mount, wherever it is, for something that needs no bus. A process that
# waits for a mount that hangs is deaf to everything but KILL.
HEALTHCHECK --interval=30s --timeout=10s --start-period=5s --retries=2 \
  CMD at=$(sed -n 's/^[^ ]* \([^ ]*\) fuse\.OWFS .*/\1/p' /proc/self/mounts | tail -n 1) && test -n "$at" \
   && exec timeout -s KILL 5 cat "$at/settings/units/temperature_scale" > /dev/null

# What follows the image's name on the command line takes the place of CMD.
ENTRYPOINT ["owfs", "--foreground"]
CMD ["-s", "owserver:4304", "--allow_other", "/mnt/1wire"]
