import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const NO_ENVIRONMENT = [{ object: 'process', property: 'env', message: 'Only src/config reads the environment.' }];

const NO_CIRCLES = {
  name: '@nestjs/common',
  importNames: ['forwardRef'],
  message: 'Rooms that need each other are one room, or lack a third one that both may know.',
};

const NO_HTTP_EXCEPTIONS = {
  regex: '^@nestjs/common$',
  importNamePattern: 'Exception$',
  message: 'Throw a DomainError: http/ and graphql/ turn it into what callers see.',
};

export default defineConfig(
  { ignores: ['dist/', 'data/', 'coverage/', 'node_modules/', '.dependency-cruiser.cjs', '**/*.js', '!eslint.config.js'] },
  {
    files: ['**/*.ts', '**/*.mts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: ['./tsconfig.json'], tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      // Interfaces of others (Apollo's plugins, the gateway port) are asynchronous where our side need not be.
      '@typescript-eslint/require-await': 'off',
      // It does not see that a field may change while a method awaits.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Models are classes for their decorators' sake; plain objects of the same shape are what we return.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      // Modules of Nest are classes with nothing in them but their decorator.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // Type-only where nothing else is used; classes that Nest injects are seen as values through decorator metadata.
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      complexity: ['error', { max: 20, variant: 'modified' }],
      'max-lines': ['error', { max: 250, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 40, skipComments: true }],
      '@typescript-eslint/max-params': ['error', { max: 7 }],
      'max-depth': ['error', 4],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/config/**'],
    rules: { 'no-restricted-properties': ['error', ...NO_ENVIRONMENT] },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: [NO_CIRCLES], patterns: [NO_HTTP_EXCEPTIONS] }] },
  },
  {
    files: ['src/http/**', 'src/graphql/**'],
    rules: { 'no-restricted-imports': ['error', { paths: [NO_CIRCLES] }] },
  },
  {
    files: ['test/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts', 'vitest.config.ts'],
    rules: {
      'max-lines': ['error', { max: 400 }],
      // Answers are JSON of any shape until a test has looked at them; an expectation is the look.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.mjs', '*.js'],
    languageOptions: { globals: { process: 'readonly', URL: 'readonly' } },
    rules: { 'no-undef': 'error', 'no-unused-vars': 'error', 'no-unreachable': 'error', eqeqeq: 'error' },
  },
  { files: ['docs/examples/*.mjs'], languageOptions: { globals: { Buffer: 'readonly', console: 'readonly' } } },
);
