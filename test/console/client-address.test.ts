import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clientAddress, countedAs, trustedProxies } from '../../src/console/client-address.ts';

const isTrusted = trustedProxies(['10.0.0.0/8', '127.0.0.1', 'fd00::/8']);

describe('who a request comes from', () => {
  const cases: readonly (readonly [
    what: string,
    connected: string,
    forwarded: string | undefined,
    is: string,
  ])[] = [
    ['is the address that is connected, where there is no proxy', '203.0.113.9', undefined, '203.0.113.9'],
    ['is not what a client says itself', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['is what a trusted proxy says', '10.0.0.7', '203.0.113.9', '203.0.113.9'],
    ['is nothing that a client put further left', '10.0.0.7', '198.51.100.1, 203.0.113.9', '203.0.113.9'],
    [
      'is found through a chain of proxies',
      '127.0.0.1',
      '198.51.100.1, 203.0.113.9, 10.2.3.4',
      '203.0.113.9',
    ],
    ['is the proxy, where what it says is no address', '10.0.0.7', 'unknown', '10.0.0.7'],
    ['is the first proxy, where all are trusted', '127.0.0.1', '10.0.0.1, 10.0.0.2', '10.0.0.1'],
    ['is read without a port', '10.0.0.7', '203.0.113.9:4711', '203.0.113.9'],
    ['is read out of brackets', 'fd00::1', '[2001:db8::1]:4711', '2001:db8::1'],
    ['knows IPv4 that is written as IPv6', '::ffff:10.0.0.7', '::ffff:203.0.113.9', '203.0.113.9'],
  ];
  for (const [what, connected, forwarded, is] of cases)
    it(what, () => assert.equal(clientAddress(connected, forwarded, isTrusted), is));

  it('trusts nobody unless told to', () => {
    assert.equal(clientAddress('127.0.0.1', '203.0.113.9', trustedProxies([])), '127.0.0.1');
    assert.throws(() => trustedProxies(['10.0.0.0/33']), /neither an address nor a network/);
  });
});

describe('what a client is counted by', () => {
  it('is the whole address of IPv4, and the network of 64 bits of IPv6', () => {
    assert.equal(countedAs('203.0.113.9'), '203.0.113.9');
    assert.equal(countedAs('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
    assert.equal(countedAs('2001:DB8:1:2::6'), countedAs('2001:db8:1:2:ffff::1'));
    assert.notEqual(countedAs('2001:db8:1:3::6'), countedAs('2001:db8:1:2::6'));
    assert.equal(countedAs('::1'), '0:0:0:0::/64');
  });
});
