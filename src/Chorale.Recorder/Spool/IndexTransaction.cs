namespace Chorale.Recorder.Spool;

/// <summary>
/// All or nothing, undone at Dispose unless committed. The provider's own transaction cannot be used: where SQLite undoes it by itself (a
/// full disk), it stays open for the provider, and no other could ever begin.
/// </summary>
internal sealed class IndexTransaction : IDisposable
{
    private readonly SpoolIndex _index;
    private bool _isCommitted;

    public IndexTransaction(SpoolIndex index)
    {
        _index = index;
        index.Execute("BEGIN IMMEDIATE");
    }

    public void Commit()
    {
        _index.Execute("COMMIT");
        _isCommitted = true;
    }

    public void Dispose()
    {
        if (!_isCommitted) _index.TryExecute("ROLLBACK");
    }
}
