import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

// One direction: interceptors → key → idempotency → stores; what is asked of a Temporal server is in temporal.
// Nothing below may import from above.
const above = [
  'guard',
  'activities',
  'workflows',
  'cli',
  'dashboard',
  'http',
  'http.ts',
  'plugin.ts',
  'upkeep-worker.ts',
  'index.ts',
];
const measuring = ['metrics', 'tracing'];
const layer = (target, ...from) => ({ target: `./src/${target}`, from: from.map((name) => `./src/${name}`) });

export default tseslint.config(
  { ignores: ['dist/**', 'coverage/**', '.cache/**'] },
  ...tseslint.configs.recommendedTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js'] })] },
    rules: {
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': [
        'error',
        {
          zones: [
            layer(
              'temporal',
              ...measuring,
              'idempotency',
              'interceptors',
              'registry',
              'stores',
              'options.ts',
              ...above,
            ),
            // A store is measured by an observer that it is given.
            layer('stores', ...measuring, 'idempotency', 'interceptors', 'registry', 'options.ts', ...above),
            layer('key', ...measuring, 'idempotency', 'interceptors', 'registry', 'stores', ...above),
            layer(
              'metrics',
              'tracing',
              'idempotency',
              'interceptors',
              'registry',
              'key',
              'options.ts',
              ...above,
            ),
            layer('tracing', 'idempotency', 'interceptors', 'registry', 'stores', 'options.ts', ...above),
            layer('idempotency', ...above),
            // But for the codec of the one header that the service itself compares: it wires plans, as the plugin does.
            { ...layer('idempotency', 'interceptors'), except: ['./expiry-header.ts'] },
            // The schedules stand beside: of the rest they know keys and errors only.
            layer(
              'schedules',
              ...['idempotency', 'interceptors', 'registry', 'stores', 'temporal', 'options.ts', ...above],
            ),
            // Which schedule is registered: over the specs, the store and the server.
            layer('registry', 'idempotency', 'interceptors', 'options.ts', ...above),
            // Stands in front of a server, over the registry.
            layer(
              'guard',
              'idempotency',
              'interceptors',
              'options.ts',
              ...above.filter((name) => name !== 'guard'),
            ),
          ],
        },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts', 'chaos/**/*.ts', 'examples/**/*.ts'],
    rules: {
      // Activities under test are often async only because the SDK wants a promise.
      '@typescript-eslint/require-await': 'off',
    },
  },
);
