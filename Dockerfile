# An image that installs cnidaria on a node: see examples/kubernetes/daemonset.yaml.
#
#   docker build --tag cnidaria .
#   docker run --rm -v /opt/cni/bin:/opt/cni/bin -v /opt/cnidaria:/opt/cnidaria cnidaria
#
# Deno needs glibc, as does the node that it is installed on: no Alpine.

FROM node:24-trixie-slim AS build
# pip fetches libwasmtime, gcc compiles the native entry. Deno itself comes from npm.
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip libnftables1 gcc libc6-dev && rm -rf /var/lib/apt/lists/*
RUN npm install --global deno@2.9.6
WORKDIR /src
COPY . .
RUN deno task setup && cp "$(deno eval 'Deno.stdout.writeSync(new TextEncoder().encode(Deno.execPath()))')" /usr/local/bin/deno-binary

FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends libnftables1 && rm -rf /var/lib/apt/lists/*
COPY --from=build /src/dist /src/dist
COPY --from=build /usr/local/bin/deno-binary /usr/local/bin/deno
ENTRYPOINT ["/usr/local/bin/deno", "run", "--allow-all", "--no-config", "--no-lock", "/src/dist/cnidaria.js", "install"]
CMD ["/opt/cni/bin"]
