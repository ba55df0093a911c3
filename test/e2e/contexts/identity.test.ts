/** The same with sessions that are contexts of a shared browser. */
process.env['TGGRID_TEST_ISOLATION'] = 'context'
await import('../identity.test.js')
