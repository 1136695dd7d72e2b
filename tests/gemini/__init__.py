"""A Gemini to test against: a process on the loopback that speaks the service's wire, keeps limits of its
own, and answers by reading what it is sent. It never sees how a page was made."""
