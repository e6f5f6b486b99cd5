/** A holder is redirected only to allowed origins; the rest of the client's address is kept. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { allowedReturn, returnUrl } from '../../src/http/return-to.ts'

describe('a return address', () => {
  const config = { returnOrigins: ['https://app.example.com'] }

  it.for([
    ['//evil.example', 'a host without a scheme'],
    ['/\\evil.example', 'a host behind a backslash'],
    ['\\\\evil.example', 'a host behind two backslashes'],
    ['https://evil.example/https://app.example.com', 'the allowed origin in the path'],
    ['https://evil.example/?https://app.example.com', 'the allowed origin in the query'],
    ['https://evil.example#https://app.example.com', 'the allowed origin in the fragment'],
    ['https://app.example.com@evil.example', 'the allowed origin as user name'],
    ['https://app.example.com:443@evil.example', 'the allowed origin as user name and password'],
    ['https://user@app.example.com/', 'a user name before the allowed origin'],
    ['https://app.example.com%2f@evil.example', 'the allowed origin and an encoded slash as user name'],
    ['https://app.example.com%2eevil.example', 'the allowed origin before an encoded dot'],
    ['https://app.example.com.evil.example', 'the allowed origin as subdomain'],
    ['https://evilapp.example.com', 'a longer first label'],
    ['https://app.example.com.', 'a trailing dot'],
    ['https://аpp.example.com', 'a Cyrillic a'],
    ['https://app.example.com\u2215evil.example', 'a division slash'],
    ['https://app.example.com:8443', 'another port'],
    ['http://app.example.com', 'another scheme'],
    ['javascript:alert(1)//https://app.example.com', 'a script'],
    ['data:text/html,https://app.example.com', 'a data URL'],
    ['blob:https://app.example.com/1', 'a blob of the allowed origin'],
    ['ftp://app.example.com', 'an FTP server'],
    ['app.example.com', 'a relative path'],
    ['', 'an empty string'],
  ] as const)('%s is refused (%s)', ([url]) => {
    expect(allowedReturn(url, config)).toBeNull()
  })

  it.for([
    ['https://app.example.com', 'https://app.example.com/'],
    ['https://app.example.com/a?b=c#d', 'https://app.example.com/a?b=c#d'],
    ['https://app.example.com:443/a', 'https://app.example.com/a'],
    ['HTTPS://APP.EXAMPLE.COM/A', 'https://app.example.com/A'],
    ['https://app.example.com\\@evil.example', 'https://app.example.com/@evil.example'],
    ['https:\\\\app.example.com/a', 'https://app.example.com/a'],
    [' https://app.exam\nple.com/a', 'https://app.example.com/a'],
    ['https://app。example.com/a', 'https://app.example.com/a'],
  ] as const)('%s is normalized as browsers read it: %s', ([url, href]) => {
    expect(allowedReturn(url, config)).toBe(href)
  })

  const anything = fc.string({
    unit: fc.oneof(
      fc.constantFrom('@', ':', '/', '\\', '.', '#', '?', '%2f', '['),
      fc.string({ maxLength: 1 }),
    ),
  })
  test.prop([anything, anything])(
    'never leads to another origin, whatever text surrounds the allowed one',
    (before, after) => {
      const allowed = allowedReturn(`${before}https://app.example.com${after}`, config)
      expect(allowed === null || new URL(allowed).origin === 'https://app.example.com').toBe(true)
    },
  )
})

describe('the redirect to the client’s page', () => {
  const found = { account: 'acct_1', onboarding: 'started' }
  const added = 'account=acct_1&onboarding=started'

  it.for([
    ['https://app.example.com/done', `https://app.example.com/done?${added}`],
    [
      'https://app.example.com/?a=b%20c+d&flag#/top?e=f',
      `https://app.example.com/?a=b%20c+d&flag&${added}#/top?e=f`,
    ],
    ['https://app.example.com/?', `https://app.example.com/?${added}`],
    [
      'https://app.example.com/?account=acct_2&x=1&onboarding=enabled&account=3',
      `https://app.example.com/?x=1&${added}`,
    ],
    ['https://app.example.com/?%61ccount=acct_2&onboarding', `https://app.example.com/?${added}`],
    [
      'https://app.example.com/?my_account=1&constructor=2',
      `https://app.example.com/?my_account=1&constructor=2&${added}`,
    ],
  ] as const)('adds account and state to %s and changes nothing else', ([returnTo, url]) => {
    expect(returnUrl(returnTo, found)).toBe(url)
  })
})
