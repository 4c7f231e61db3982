import { temporal } from '@temporalio/proto';

type Operator = temporal.api.operatorservice.v1.OperatorService;
const { INDEXED_VALUE_TYPE_KEYWORD_LIST } = temporal.api.enums.v1.IndexedValueType;

/** What of a Temporal client is needed to ask for the search attributes of its namespace. `Client` has it. */
export interface AttributesClient {
  readonly options: { readonly namespace: string };
  readonly connection: {
    readonly operatorService: {
      listSearchAttributes(
        request: Parameters<Operator['listSearchAttributes']>[0],
      ): Promise<temporal.api.operatorservice.v1.IListSearchAttributesResponse>;
    };
  };
}

/**
 * Whether the namespace has a search attribute that holds a list of keywords; `otherType` where one of this name holds
 * something else, `unknown` where the server does not tell.
 */
export async function keywordList(
  { options: { namespace }, connection }: AttributesClient,
  name: string,
): Promise<'ready' | 'missing' | 'otherType' | 'unknown'> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const type = customAttributes?.[name];
    if (type === undefined) return 'missing';
    return type === INDEXED_VALUE_TYPE_KEYWORD_LIST ? 'ready' : 'otherType';
  } catch {
    return 'unknown';
  }
}
