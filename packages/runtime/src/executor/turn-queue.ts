/** Turns that wait: in the order in which they came, but for those that follow from the turn before. */
export interface TurnQueue<Turn> {
  push(turn: Turn): void;
  /**
   * Takes a turn that follows from the one that was taken last: it goes before those that wait, so that an execution whose tasks
   * need nobody ends within one unit. After so many in a row it is the others' turn.
   */
  follow(turn: Turn): void;
  take(): Turn | undefined;
  size(): number;
  /** Takes out all for which `isOut` holds. */
  remove(isOut: (turn: Turn) => boolean): readonly Turn[];
}

/** Turns that follow from each other and go before others; a loop of more waits like everybody. */
export const FOLLOWING_MAX = 32;

export function createTurnQueue<Turn>(): TurnQueue<Turn> {
  let waiting: Turn[] = [];
  /** Position in `waiting` of the first that was not taken yet. */
  let head = 0;
  let following: Turn[] = [];
  let inARow = 0;

  const takeWaiting = (): Turn | undefined => {
    if (following.length > 0) waiting.push(...following.splice(0));
    inARow = 0;
    const turn = waiting[head];
    if (turn === undefined) return undefined;
    head += 1;
    // Not one by one but when they are most of the list.
    if (head * 2 >= waiting.length) {
      waiting.splice(0, head);
      head = 0;
    }
    return turn;
  };
  return {
    push: (turn) => void waiting.push(turn),
    follow: (turn) => void following.push(turn),
    take: () => {
      if (following.length === 0 || inARow === FOLLOWING_MAX) return takeWaiting();
      inARow += 1;
      return following.shift();
    },
    size: () => following.length + waiting.length - head,
    remove: (isOut) => {
      const all = [...following, ...waiting.slice(head)];
      following = following.filter((turn) => !isOut(turn));
      waiting = waiting.slice(head).filter((turn) => !isOut(turn));
      head = 0;
      return all.filter(isOut);
    },
  };
}
