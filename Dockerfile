ARG NODE_IMAGE=node:26.10.0-bookworm-slim

FROM ${NODE_IMAGE} AS base
COPY scripts/image-root.sh .
# A new volume takes over the owner and mode of /data: the keys that are made in it are for the service alone.
RUN sh image-root.sh /image && install --directory --mode=0700 /volumes/data

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The optional packages are Node itself, for machines that lack this version; the image has it.
RUN npm ci --omit=optional
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY scripts/bill-of-materials.ts scripts/sbom.ts scripts/
COPY src src
# npm tells what is installed as long as nothing is missing, development packages included.
RUN npm run build && npm run --silent sbom > sbom.cdx.json && npm prune --omit=dev --omit=optional

FROM scratch
LABEL org.opencontainers.image.title="Fairlead" \
      org.opencontainers.image.description="Self-hosted network control API for containers" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0" \
      fairlead.sbom="/app/sbom.cdx.json"
COPY --from=base /image /
COPY --from=base --chown=1000:1000 /volumes /
ENV PATH=/usr/local/bin \
    NODE_ENV=production \
    FAIRLEAD_HOST=0.0.0.0 \
    FAIRLEAD_DATABASE_URL=sqlite:/data/fairlead.db
WORKDIR /app
COPY package.json ./
COPY --from=build /app/sbom.cdx.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# By number: so others can tell that it is not root (Kubernetes' runAsNonRoot), and volumes that are there stay readable.
USER 1000:1000
VOLUME /data
EXPOSE 4700
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["node", "dist/health-check.js"]
CMD ["node", "--enable-source-maps", "dist/main.js"]
