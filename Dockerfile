# An image that installs cnidaria on a node, and runs its agent: see examples/kubernetes.
#
#   docker build --tag cnidaria:0.1.0 .
#   docker run --rm -v /opt/cni/bin:/opt/cni/bin -v /opt/cnidaria:/opt/cnidaria cnidaria:0.1.0              # install
#   docker run --rm -v /opt/cni/bin:/opt/cni/bin -v /opt/cnidaria:/opt/cnidaria cnidaria:0.1.0 uninstall
#
# Its root file system is made by `deno task image --rootfs`: of the packages that runtime/setup/image/packages.json pins
# by their digests, the pinned Deno, and what the lock file pins. What the build stage is made of is not in the image; pin
# it too by --build-arg BUILD=node@sha256:…. Where there is no container builder, `deno task image` alone makes the image.
#
# The same dist/ makes the same digest:
#
#   docker buildx build --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) \
#     --output type=oci,dest=cnidaria.tar,rewrite-timestamp=true .
#
# Building dist/ anew does not quite: componentize-qjs leaves random numbers (seeds of hash tables, some 130 bytes) in each
# component. So publish an image once, and name it by its digest.
#
# Deno needs glibc, as does the node that it is installed on: no Alpine.

ARG BUILD=node:24-bookworm-slim
FROM ${BUILD} AS build
# pip fetches libwasmtime, whose digest is pinned; gcc compiles the native entry. apt's lists stay: packages of the image
# are fetched by them. All of it is done by a user without privileges.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates python3-pip libnftables1 gcc libc6-dev \
  && npm install --global --no-update-notifier deno@2.9.6 \
  && mkdir /src && chown node:node /src
USER node
WORKDIR /src
COPY --chown=node:node . .
RUN deno task setup && deno task image --rootfs /src/rootfs

FROM scratch
COPY --from=build --chown=0:0 /src/rootfs /
ENV PATH=/cnidaria/bin:/usr/bin:/bin
LABEL org.opencontainers.image.title="cnidaria" \
  org.opencontainers.image.description="Installs cnidaria on a node, and runs its agent" \
  org.opencontainers.image.licenses="Apache-2.0"
ENTRYPOINT ["/cnidaria/bin/cnidaria"]
CMD ["install"]
