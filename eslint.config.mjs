import tseslint from 'typescript-eslint'

const sockets = ['net', 'tls', 'dgram', 'dns', 'dns/promises', 'http', 'https', 'http2'].flatMap((name) => [
  name,
  `node:${name}`,
])

/** Only `runtime/` opens sockets: everything else goes through HostNetwork. */
const noSockets = {
  paths: sockets.map((name) => ({
    name,
    allowTypeImports: true,
    message: 'Sockets are opened through #runtime/network.ts only.',
  })),
}

/** Time and randomness come in as arguments. */
const ambient = [
  ['Date', 'now'],
  ['Math', 'random'],
  ['performance', 'now'],
].map(([object, property]) => ({ object, property, message: 'Take Clocks or Random as an argument.' }))

export default tseslint.config(
  { ignores: ['node_modules/**', 'reports/out/**', 'lab/self-test/fixtures/**', '.mra/**'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.mjs'],
    rules: {
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-restricted-imports': ['error', noSockets],
      'no-empty': 'error',
      eqeqeq: 'error',
      'no-constant-condition': ['error', { checkLoops: false }],
    },
  },
  { files: ['**/*.d.ts'], rules: { '@typescript-eslint/consistent-type-imports': 'off' } },
  { files: ['runtime/**/*.ts'], rules: { '@typescript-eslint/no-restricted-imports': 'off' } },
  {
    files: ['reference-edge/**/*.ts', 'simulators/**/*.ts'],
    ignores: ['**/*.test.ts', '**/*.fixture.ts'],
    rules: {
      'no-restricted-properties': ['error', ...ambient],
      'no-restricted-globals': [
        'error',
        { name: 'setTimeout', message: 'Use clocks.monotonic.after.' },
        { name: 'setInterval', message: 'Use clocks.wall.every.' },
      ],
    },
  },
  {
    files: ['**/*.test.ts', '**/*.fixture.ts', 'lab/self-test/**'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-restricted-imports': 'off',
      '@typescript-eslint/consistent-type-imports': 'off',
    },
  },
)
