# Millrace in one image: the coordinator, a worker or the command, by argument.
#
#   docker build -t millrace .
#   docker run -e MILLRACE_REDIS=… -e MILLRACE_STORE=s3://… millrace worker
#   docker run -v "$PWD:/data:ro" -v millrace:/cache millrace query --table Orders=orders.csv …
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image has its Node already: the pinned one of the development tools is not fetched.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/docs ./docs
COPY --from=build /app/infra/launcher.mjs ./infra/launcher.mjs
# The embedded store (`millrace/` in it) and compiled code; mount a volume here to keep prepared tables. No MILLRACE_STORE:
# coordinator and workers must be given the one that they share, and refuse to start without.
ENV XDG_CACHE_HOME=/cache
# Where files are named from; mount those to query here.
RUN mkdir /cache /data && chown node:node /cache /data
USER node
WORKDIR /data
EXPOSE 7800
# Node is process 1: it gets SIGTERM itself and ends in order.
ENTRYPOINT ["node", "/app/infra/launcher.mjs"]
CMD ["--help"]
