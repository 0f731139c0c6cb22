"""How what is committed in one service takes effect in the others, once and in order, whatever crashes."""
