-- Returns that buyers asked for and that are not refunded yet: whether the refund is prompt.
CREATE TABLE refund_ask (
  platform TEXT NOT NULL, id TEXT NOT NULL, merchant TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (platform, id));  -- id: of the order
CREATE INDEX refund_ask_at ON refund_ask (at);
-- What is not taken up is refused; it was called rejected before.
UPDATE report SET state = 'refused' WHERE state = 'rejected';
