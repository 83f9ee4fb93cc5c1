/** The table of imports (docs/architecture.md). `npm test` also runs it on fixtures that violate each row. */
const area = (name, allowed, comment) => ({
  name: `${name}-imports`,
  comment,
  severity: 'error',
  from: { path: `^${name}/` },
  to: {
    path: '^(bin|cli|guide|runtime|reference-edge|simulators|lab|features|reports|bench)/',
    pathNot: allowed.map((other) => `^${other}/`),
  },
})

module.exports = {
  forbidden: [
    area('runtime', ['runtime'], 'runtime/ stands on nothing of ours'),
    area('guide', ['guide'], 'guide/ is data only'),
    area('reference-edge', ['runtime', 'reference-edge'], 'the edge reads neither the examiner nor the simulators'),
    area('simulators', ['runtime', 'simulators'], 'simulators share nothing with the edge'),
    area('lab', ['runtime', 'guide', 'lab', 'reference-edge/[^/]+', 'simulators/[^/]+'], 'lab/ starts the programs'),
    area('features', ['lab', 'guide', 'features', 'runtime'], 'steps talk to the lab only'),
    area('cli', ['lab', 'guide', 'reports', 'cli', 'bench', 'runtime'], 'verbs stand on the lab and the reports'),
    area('bench', ['lab', 'guide', 'bench', 'runtime'], 'benches measure the deployment from outside'),
    area('reports', ['guide', 'reports'], 'reports/ renders data'),
    {
      name: 'lab-starts-programs-only',
      comment: 'lab/ knows the programs by their start functions, nothing inside them',
      severity: 'error',
      from: { path: '^lab/', pathNot: 'self-test' },
      to: { path: '^(reference-edge|simulators)/', pathNot: '/(start|management)\\.ts$' },
    },
    {
      name: 'protocol-without-policy',
      comment: 'reference-edge/protocol/ is bytes and state machines',
      severity: 'error',
      from: { path: '^reference-edge/protocol/' },
      to: { path: '^reference-edge/(?!protocol/)' },
    },
    {
      name: 'simulators-apart',
      comment: 'a simulator imports itself and simulators/protocol only',
      severity: 'error',
      from: { path: '^simulators/([^/]+)/' },
      to: { path: '^simulators/', pathNot: '^simulators/(protocol|$1)/' },
    },
    { name: 'no-circles', comment: 'circles of types count too', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.test\\.ts$' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js'], conditionNames: ['node', 'import', 'default'] },
  },
}
