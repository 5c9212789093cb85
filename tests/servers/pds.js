// Bluesky's own server software on loopback: a directory of names (PLC) and a server of accounts (PDS).
// Usage: node pds.js PLC_PORT PDS_PORT. Prints READY, and ends with its standard input.
const net = require('net')

// The library would listen on every interface of the machine.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (port, ...rest) {
  if (port === undefined || typeof port === 'object') return listen.call(this, port, ...rest)
  return listen.call(this, { port: Number(port), host: '127.0.0.1' }, rest.find((item) => typeof item === 'function'))
}

const { TestNetworkNoAppView, mockMailer } = require('@atproto/dev-env')
const [plc, pds] = process.argv.slice(2).map(Number)

TestNetworkNoAppView.create({ plc: { port: plc }, pds: { port: pds, hostname: 'localhost' } }).then((network) => {
  mockMailer(network.pds)
  console.log('READY')
  process.stdin.resume().on('end', () => network.close().finally(() => process.exit(0)))
}).catch((error) => {
  console.error(error)
  process.exit(1)
})
