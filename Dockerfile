# Millrace in one image: the coordinator, a worker or the command, by argument.
#
#   docker build -t millrace .
#   docker run millrace worker
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
# Spill files and the embedded store; mount a volume here for large states.
RUN mkdir /data && chown node:node /data
USER node
WORKDIR /data
EXPOSE 7800
# Node is process 1: it gets SIGTERM itself and ends in order.
ENTRYPOINT ["node", "/app/infra/launcher.mjs"]
CMD ["--help"]
