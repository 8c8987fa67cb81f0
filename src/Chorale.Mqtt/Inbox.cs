using System.Diagnostics.CodeAnalysis;

namespace Chorale.Mqtt;

/// <summary>
/// Messages between the loop thread and the dispatch thread, in order of arrival and bounded. A topic that has its share waiting keeps
/// its newest message in place of the one before it and counts the loss, so a flooding device costs the others neither room nor order.
/// </summary>
internal sealed class Inbox(Counts counts)
{
    private readonly object _gate = new();
    private readonly Queue<Entry> _entries = [];
    private readonly Dictionary<(string Topic, int SubscriptionId), Share> _shares = [];
    private long _bytes;
    private bool _isClosed;
    private long _droppedSince;
    private string _droppedTopic = "";

    /// <summary>Loop thread; never waits.</summary>
    public void Add(MqttMessage message)
    {
        lock (_gate)
        {
            if (_isClosed) return;
            var hasShare = _shares.TryGetValue(KeyOf(message), out var share);
            var isFull = _entries.Count >= Limits.InboxMessages || _bytes + message.Payload.Length > Limits.InboxBytes;
            if (isFull || (hasShare && share!.Waiting >= Limits.InboxPerTopic))
            {
                CountDrop(message.Topic);
                if (!hasShare) return;
                var growth = message.Payload.Length - share!.Newest.Message.Payload.Length;
                if (_bytes + growth > Limits.InboxBytes) return;
                _bytes += growth;
                share.Newest.Message = message;
                return;
            }

            var entry = new Entry { Message = message };
            _entries.Enqueue(entry);
            _bytes += message.Payload.Length;
            if (!hasShare) _shares.Add(KeyOf(message), new Share { Waiting = 1, Newest = entry });
            else (share!.Waiting, share.Newest) = (share.Waiting + 1, entry);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits for the next message; false once closed.</summary>
    public bool TryTake([NotNullWhen(true)] out MqttMessage? message)
    {
        lock (_gate)
        {
            while (_entries.Count == 0 && !_isClosed) Monitor.Wait(_gate);
            if (_isClosed)
            {
                message = null;
                return false;
            }

            message = _entries.Dequeue().Message;
            _bytes -= message.Payload.Length;
            var share = _shares[KeyOf(message)];
            if (--share.Waiting == 0) _shares.Remove(KeyOf(message));
            return true;
        }
    }

    /// <summary>How many were dropped since the last question, and the topic of the last of them.</summary>
    public (long Count, string Topic) TakeDropped()
    {
        lock (_gate)
        {
            var dropped = (_droppedSince, _droppedTopic);
            _droppedSince = 0;
            return dropped;
        }
    }

    /// <summary>What waits is forgotten.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _entries.Clear();
            _shares.Clear();
            Monitor.PulseAll(_gate);
        }
    }

    private static (string Topic, int SubscriptionId) KeyOf(MqttMessage message) => (message.Topic, message.SubscriptionId);

    private void CountDrop(string topic)
    {
        Counts.Add(ref counts.Dropped);
        _droppedSince++;
        _droppedTopic = topic;
    }

    private sealed class Entry
    {
        public required MqttMessage Message { get; set; }
    }

    private sealed class Share
    {
        public required int Waiting { get; set; }

        public required Entry Newest { get; set; }
    }
}
