import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import formatsPlugin from 'ajv-formats';
import { BOT_TOKEN_PREFIX, VARIABLES } from '../../src/config.ts';
import { PARTS } from '../../src/main/parts.ts';
import { ownServices, ROOT, type ComposeFile, type ComposeService } from './compose-file.ts';

type Complaints = string[];

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };

// ajv-formats is CommonJS: its types say `default` where Node hands over the function itself.
const addFormats = formatsPlugin as unknown as (ajv: Ajv) => void;
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
// The Compose Specification's own schema, which is not published as a package by itself.
const schema = new URL('schemas/compose.schema.json', import.meta.resolve('dclint/package.json'));
const followsSchema = ajv.compile({
  ...(JSON.parse(readFileSync(schema, 'utf8')) as object),
  // It names draft 7 by https, where draft 7 has the name that ajv knows.
  $schema: 'http://json-schema.org/draft-07/schema#',
});

/** Everything about a compose file that does not meet the specification, the code, or our own rules. */
export function complaintsAbout(file: ComposeFile): Complaints {
  return [
    ...checkSchema(file),
    ...Object.entries(file.services).flatMap(([name, service]) =>
      [
        ...checkImage(service),
        ...checkPorts(service),
        ...checkReferences(file, service),
        ...checkSecrecy(service),
        ...checkAddresses(file, service),
        ...checkLife(service),
      ].map((complaint) => `${name}: ${complaint}`),
    ),
    ...ownServices(file).flatMap(([name, service]) =>
      [...checkPart(service), ...checkVariables(service), ...checkPaths(service)].map(
        (complaint) => `${name}: ${complaint}`,
      ),
    ),
    ...checkSecretFiles(file),
  ];
}

function checkSchema(file: ComposeFile): Complaints {
  if (followsSchema(file)) return [];
  return (followsSchema.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}

function checkImage({ image, build }: ComposeService): Complaints {
  const tag = image.split(':')[1] ?? '';
  if (build !== undefined && tag !== version) return [`the image is ${tag}, the package ${version}`];
  return /^\d+\.\d+(\.\d+)?(-[a-z]+)?$/.test(tag) ? [] : [`the image ${image} is not pinned by its version`];
}

function checkPorts({ ports = [], environment = {} }: ComposeService): Complaints {
  const listens = Object.entries(environment).filter(([name]) => /^RETENTION_.*_PORT$/.test(name));
  return [
    ...ports
      .filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))
      .map((port) => `port ${port} is not for loopback alone`),
    ...listens
      .filter(([, port]) => !ports.some((published) => published.endsWith(`:${port}`)))
      .map(([name, port]) => `${name} is ${port}, which is not published`),
  ];
}

function checkReferences(file: ComposeFile, service: ComposeService): Complaints {
  const named = (service.volumes ?? []).map((volume) => volume.split(':')[0] ?? '');
  return [
    ...(service.secrets ?? [])
      .filter((secret) => !(secret in file.secrets))
      .map((secret) => `secret ${secret} is not defined`),
    ...secretPaths(service)
      .filter((secret) => !service.secrets?.includes(secret))
      .map((secret) => `secret ${secret} is read but not given`),
    ...(service.configs ?? [])
      .filter(({ source }) => !(source in file.configs))
      .map(({ source }) => `config ${source} is not defined`),
    ...named
      .filter((name) => (name.startsWith('.') ? !existsSync(join(ROOT, name)) : !(name in file.volumes)))
      .map((name) => `volume ${name} is not there`),
    ...Object.entries(service.depends_on ?? {}).flatMap(([name, { condition }]) =>
      checkDependency(name, condition, file.services[name]),
    ),
  ];
}

function checkDependency(name: string, condition: string, on: ComposeService | undefined): Complaints {
  if (!on) return [`it depends on ${name}, which is not there`];
  const fits = endsByItself(on)
    ? condition === 'service_completed_successfully'
    : condition === 'service_healthy';
  return fits ? [] : [`it waits for ${name} to be ${condition}, which does not fit`];
}

/** Secrets that a service reads, from its variables and its scripts. */
function secretPaths({ environment = {}, command = [] }: ComposeService): string[] {
  const texts = [...Object.values(environment), ...command];
  return texts.flatMap((text) =>
    [...text.matchAll(/\/run\/secrets\/([\w-]+)/g)].map(([, name]) => name ?? ''),
  );
}

function checkSecrecy({ environment = {} }: ComposeService): Complaints {
  return Object.entries(environment).flatMap(([name, value]) => [
    ...(/PASSWORD|PWD|TOKEN/.test(name) && !name.endsWith('_FILE') ? [`${name} holds a secret`] : []),
    ...(URL.canParse(value) && new URL(value).password ? [`${name} holds a password`] : []),
  ]);
}

/** Every address in a variable leads to a service here or, for browsers, to a published port. */
function checkAddresses({ services }: ComposeFile, { environment = {} }: ComposeService): Complaints {
  const published = Object.values(services).flatMap(({ ports = [] }) =>
    ports.map((port) => port.replace(/:\d+$/, '')),
  );
  return Object.entries(environment).flatMap(([name, value]) => {
    const [, host, port] = /^(?:(?:https?|postgres):\/\/)?(?:\w+@)?([\w.-]+):(\d+)(?:\/|$)/.exec(value) ?? [];
    if (host === undefined || port === undefined) return [];
    const known = host === '127.0.0.1' ? published.includes(`${host}:${port}`) : host in services;
    return known ? [] : [`${name} leads to ${host}:${port}, where nothing listens`];
  });
}

function checkLife(service: ComposeService): Complaints {
  if (endsByItself(service)) return [];
  return [
    ...(service.restart === 'unless-stopped' ? [] : ['it does not come back after a restart of the host']),
    ...(service.healthcheck ? [] : ['it has no health check']),
  ];
}

function endsByItself({ restart }: ComposeService): boolean {
  return restart.startsWith('on-failure');
}

function checkPart({ command = [], entrypoint }: ComposeService): Complaints {
  const [part = ''] = command;
  return command.length === 1 && !entrypoint && part in PARTS
    ? []
    : [`src/main/service.ts has no part ${command.join(' ')}`];
}

function checkVariables({ environment = {} }: ComposeService): Complaints {
  return Object.keys(environment)
    .map((name) => name.replace(/_FILE$/, ''))
    .filter((name) => !VARIABLES.includes(name) && !name.startsWith(BOT_TOKEN_PREFIX))
    .map((name) => `src/config.ts knows no variable ${name}`);
}

/** Where a process that runs on keeps or reads files there is a mount, and the image has its directory. */
function checkPaths(service: ComposeService): Complaints {
  if (endsByItself(service)) return [];
  const { environment = {}, volumes = [], healthcheck } = service;
  const mounts = volumes.map((volume) => volume.split(':')[1]);
  const { RETENTION_SECRETS, RETENTION_PROJECTS, RETENTION_SANDBOX_STATE, RETENTION_READY } = environment;
  const kept = [RETENTION_SECRETS, RETENTION_SANDBOX_STATE && dirname(RETENTION_SANDBOX_STATE)];
  return [
    ...[RETENTION_PROJECTS, ...kept].flatMap((path) =>
      path === undefined || mounts.includes(path) ? [] : [`nothing is mounted at ${path}`],
    ),
    ...kept.flatMap((path) =>
      path === undefined || read('Dockerfile').includes(` ${path}`) ? [] : [`the image has no ${path}`],
    ),
    ...(healthcheck?.test.at(-1) === RETENTION_READY ? [] : ['its health check looks at another file']),
  ];
}

function checkSecretFiles({ secrets }: ComposeFile): Complaints {
  const ignored = read('.gitignore').split('\n').includes('/secrets/');
  return Object.entries(secrets).flatMap(([name, { file }]) =>
    ignored && file === `./secrets/${name}` ? [] : [`secret ${name} is in ${file}, which git may take`],
  );
}

/** Everything about the Dockerfile and what it is built from that does not meet the tree. */
export function complaintsAboutImage(dockerfile: string, ignore: string): Complaints {
  const lines = dockerfile.split('\n').map((line) => line.split(/\s+/));
  const allowed = ignore.split('\n').flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
  const of = (instruction: string) => lines.filter(([first]) => first === instruction);
  const copied = of('COPY').flatMap((line) => line.slice(1, -1));
  const entrypoint = /^ENTRYPOINT \["node", "(.+)"\]$/m.exec(dockerfile)?.[1] ?? 'an entry point';
  return [
    ...of('FROM')
      .filter(([, image = '']) => !/^node:24\.\d+\.\d+-[a-z]+-slim$/.test(image))
      .map(([, image = '']) => `${image} is not a pinned Node 24`),
    ...[...copied, entrypoint]
      .filter((path) => !existsSync(join(ROOT, path)))
      .map((path) => `no ${path} here`),
    ...copied.filter((path) => !allowed.includes(path)).map((path) => `${path} is not sent to the build`),
    ...(ignore.split('\n').includes('*') ? [] : ['the build is sent more than it copies']),
    ...(of('USER').at(-1)?.[1] === 'node' ? [] : ['it runs as root']),
  ];
}
