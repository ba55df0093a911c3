import neostandard from 'neostandard'

export default [
  ...neostandard({ ts: true, noJsx: true, ignores: ['dist/**', 'node_modules/**'] }),
  {
    // A promise that nobody awaits is marked so.
    rules: { 'no-void': ['error', { allowAsStatement: true }] }
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      'max-lines': ['error', { max: 200, skipBlankLines: true, skipComments: true }],
      'no-restricted-properties': ['error', {
        object: 'process',
        property: 'env',
        message: 'configuration is read in src/config only'
      }, {
        object: 'AbortSignal',
        property: 'any',
        message: 'its timeouts may never come: whenAny of src/waits.ts'
      }]
    }
  },
  { files: ['src/config/environment.ts', 'src/waits.ts'], rules: { 'no-restricted-properties': 'off' } }
]
