"""The service's own limits: requests and input tokens in any window, by the time at which they came."""

import time
from collections import deque


class Window:
    """requests, tokens: the most in any `seconds`; 0 = no limit."""

    def __init__(self, requests: int = 0, tokens: int = 0, seconds: float = 60.0) -> None:
        self.requests = requests
        self.tokens = tokens
        self.seconds = seconds
        self.calls: deque[tuple[float, int]] = deque()
        self.most_requests = 0
        self.most_tokens = 0

    def take(self, tokens: int) -> str:
        """ "" and counted, or the id of the quota that it would break."""
        now = time.monotonic()
        while self.calls and self.calls[0][0] <= now - self.seconds:
            self.calls.popleft()
        requests, spent = len(self.calls) + 1, sum(size for _, size in self.calls) + tokens
        if self.requests and requests > self.requests:
            return "GenerateRequestsPerMinutePerProjectPerModel"
        if self.tokens and spent > self.tokens:
            return "GenerateContentInputTokensPerModelPerMinute"
        self.calls.append((now, tokens))
        self.most_requests, self.most_tokens = max(self.most_requests, requests), max(self.most_tokens, spent)
        return ""
