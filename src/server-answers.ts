const NOT_FOUND = 5;

/** The server says that it knows no such run or schedule – and not that it knows no such namespace. */
export function isUnknown(error: unknown): boolean {
  if (!(error instanceof Error) || (error as { code?: unknown }).code !== NOT_FOUND) return false;
  const { metadata } = error as { metadata?: { get?: (name: string) => unknown[] } };
  const details = metadata?.get?.('grpc-status-details-bin') ?? [];
  return !details.some((one) => Buffer.isBuffer(one) && one.includes('NamespaceNotFound'));
}
