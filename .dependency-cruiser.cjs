/** The import rules: which room of the tree may look into which other. */
const rooms = {
  domain: [],
  db: ['domain'],
  vault: ['domain'],
  archive: ['domain'],
  audit: ['domain'],
  search: ['domain'],
  temporal: ['domain'],
  export: ['domain'],
  translation: ['domain'],
  sandbox: ['domain'],
  embedded: ['domain'],
  acts: ['domain', 'db', 'audit', 'search'],
};

const only = Object.entries(rooms).map(([room, allowed]) => ({
  name: `${room}-imports-only-${allowed.join('-') || 'nothing'}`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: {
    path: '^(src|workflows|activities|test|bench)/',
    pathNot: [`^src/${room}/`, ...allowed.map((name) => `^src/${name}/`)],
  },
}));

// Vault and archive are used by the acts, the bot and the activities as types: they come in as arguments.
const typesOnly = (from, to) => ({
  name: `${from.replace(/\W+/g, '')}-sees-types-only`,
  severity: 'error',
  from: { path: from },
  to: { path: to, dependencyTypesNot: ['type-only'] },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...only.filter((rule) => !rule.name.startsWith('acts')),
    {
      name: 'acts-import-domain-db-audit-search',
      severity: 'error',
      from: { path: '^src/acts/' },
      to: { path: '^(src|workflows|activities)/', pathNot: '^src/(acts|domain|db|audit|search|vault)/' },
    },
    typesOnly('^src/acts/', '^src/vault/'),
    {
      name: 'workflows-import-domain',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: '^(src|activities)/', pathNot: '^(src/domain/|activities/)' },
    },
    typesOnly('^workflows/', '^activities/'),
    {
      name: 'activities-import-domain-and-libraries',
      severity: 'error',
      from: { path: '^activities/' },
      to: {
        path: '^(src|workflows)/',
        pathNot: '^src/(domain|db|vault|archive|audit|search|temporal|export|acts)/',
      },
    },
    {
      name: 'edges-import-domain-db-temporal-messages',
      severity: 'error',
      from: { path: '^src/(telegram|console|cli)/' },
      to: {
        path: '^(src|workflows|activities)/',
        pathNot: '^(src/($1|domain|db|temporal|export)/|workflows/messages\\.ts)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'only-main-wires',
      severity: 'error',
      from: { path: '^(src|workflows|activities)/', pathNot: '^src/main/' },
      to: { path: '^src/main/' },
    },
    {
      name: 'only-main-reads-config',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main/|config\\.ts)' },
      to: { path: '^src/config\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-tests-in-code',
      severity: 'error',
      from: { path: '^(src|workflows|activities)/' },
      to: { path: '^(test|bench)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types'] },
  },
};
