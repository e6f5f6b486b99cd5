/** The migrations this build needs, in order. `GET /readyz` compares them with what the database has. */
export const MIGRATIONS = [
  '0001_instances',
  '0002_transitions',
  '0003_inbox',
  '0004_outbox',
  '0005_requests',
  '0006_clients',
  '0007_cursors',
  '0008_aliases',
  '0009_creations',
  '0010_requests_sent_at',
  '0011_creations_lost_at',
  '0012_leases',
  '0013_streams',
  '0014_tallies',
  '0015_dead_letters',
  '0016_names_within_accounts',
] as const
